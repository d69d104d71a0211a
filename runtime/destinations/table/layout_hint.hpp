// Hints that need a query of the database, for rows that do not fit the table.
#pragma once

#include <string>

#include "runtime/destinations/destination.hpp"
#include "runtime/destinations/table/target_table.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// How `table` would have to be changed so that `run`'s rows fit: a unique constraint over the key
/// that is deferrable (ON CONFLICT cannot use it), mapped columns that are GENERATED ALWAYS AS
/// IDENTITY. Empty if no such change helps. PostgreSQL only. Throws odbc_error.
std::string layout_hint(odbc::connection& connection, const target_table& table,
                        const delivery_context& run);

}  // namespace sluice::destinations
