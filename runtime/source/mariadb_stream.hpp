// Streams in pages: MariaDB's driver holds every result in memory as a whole.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// Whether a pass reads a temporary copy.
bool reads_copy(const model_description& model, const std::vector<std::string>& parts);

/// Pages by key within the snapshot that has begun, or pages of a numbered temporary copy, which
/// takes the right CREATE TEMPORARY TABLES. See open_pass.
std::unique_ptr<row_stream> open_mariadb_stream(odbc::connection& on,
                                                const model_description& model,
                                                const std::vector<std::size_t>& columns,
                                                const std::vector<std::string>& parts);

}  // namespace sluice::source
