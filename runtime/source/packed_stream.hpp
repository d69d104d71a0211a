// Passes whose rows the database packs into one cell: PostgreSQL and SQLite.
#pragma once

#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/row_stream.hpp"

namespace sluice::source {

row_pass open_postgresql_pass(odbc::connection& on, const model_description& model,
                              const std::vector<std::size_t>& columns,
                              const std::vector<std::string>& parts);
row_pass open_sqlite_pass(odbc::connection& on, const model_description& model,
                          const std::vector<std::size_t>& columns,
                          const std::vector<std::string>& parts);

}  // namespace sluice::source
