// Streams whose rows the database packs into one cell: PostgreSQL and SQLite.
#pragma once

#include <memory>
#include <vector>

#include "runtime/source/row_stream.hpp"

namespace sluice::source {

std::unique_ptr<row_stream> open_postgresql_stream(odbc::connection& on,
                                                   const model_description& model,
                                                   const std::vector<std::size_t>& columns);
std::unique_ptr<row_stream> open_sqlite_stream(odbc::connection& on, const model_description& model,
                                               const std::vector<std::size_t>& columns);

}  // namespace sluice::source
