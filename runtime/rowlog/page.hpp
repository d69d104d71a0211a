// Pages of a row log, even while the log is written.
#pragma once

#include <filesystem>
#include <optional>

#include "messages/row_log.hpp"

namespace sluice::rowlog {

/// Bytes of a file that one page reads at most; the rest of the last line comes on top.
inline constexpr std::size_t page_bytes = 8u << 20;

/// The lines that match; nothing if there is no such file. `growing`: the run goes on, so that even
/// a page at the end of the file has a cursor. Blocks. Throws `failure`: usage for a cursor that no
/// page has named, catalog_failed if the file cannot be read.
std::optional<row_log_page> read_page(const std::filesystem::path& file, const row_log_query& which,
                                      bool growing);

}  // namespace sluice::rowlog
