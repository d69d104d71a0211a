// The catalogue queries of each database. Internal to describe_table.
#pragma once

#include "runtime/destinations/table/target_table.hpp"

namespace sluice::destinations {

/// Each fills in the columns and keys of `table`, whose names are set. False if the table does not
/// exist. Throws odbc_error.
bool describe_postgresql(odbc::connection& connection, target_table& table);
bool describe_mariadb(odbc::connection& connection, target_table& table);
bool describe_sqlite(odbc::connection& connection, target_table& table);
/// Finds no keys: there is no portable query for them.
bool describe_generic(odbc::connection& connection, target_table& table);

}  // namespace sluice::destinations
