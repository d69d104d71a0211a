// Creates the table that `create: true` asks for.
#pragma once

#include <string>
#include <vector>

#include "runtime/destinations/destination.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

struct created_table {
  std::string sql;
  std::vector<std::string> warnings;  ///< about values that no type of the database holds
};

/// CREATE TABLE IF NOT EXISTS for the fields of `run.schema` (see created_types), the key columns
/// as primary key; in mode append without a primary key, since every change adds a row. Pure but
/// for the quoting.
created_table create_table_sql(const odbc::connection& connection, const std::string& table,
                               const delivery_context& run);

/// Creates the table; returns the warnings. Safe when several writers do so at once. Throws
/// odbc_error.
std::vector<std::string> create_table(odbc::connection& connection, const std::string& table,
                                      const delivery_context& run);

}  // namespace sluice::destinations
