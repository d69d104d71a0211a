// Pages of a row log, also of one that is still written.
#pragma once

#include <filesystem>
#include <optional>

#include "messages/row_log.hpp"

namespace sluice::rowlog {

/// What one page reads of a file at most, in bytes, but for the rest of a line.
inline constexpr std::size_t page_bytes = 8u << 20;

/// The lines that match; nothing if there is no such file. `growing`: its run goes on, so that a
/// page that comes to the end has a cursor. Blocks. Throws `failure`: usage for a cursor that no
/// page has named, catalog_failed if the file cannot be read.
std::optional<row_log_page> read_page(const std::filesystem::path& file, const row_log_query& which,
                                      bool growing);

}  // namespace sluice::rowlog
