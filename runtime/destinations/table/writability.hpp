// Finds out whether a table takes rows, without changing anything.
#pragma once

#include <string>
#include <vector>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

struct writability {
  std::vector<std::string> problems;  ///< each of them keeps rows from being written
  std::vector<std::string> warnings;  ///< rules of the database that change what writing means
};

/// Finds obstacles to writing rows of `layout`, and `run`'s deletes, into `table`: a hot standby, a
/// read-only server, session or file; missing privileges, also of columns. `warnings`: row-level
/// security and rewrite rules (PostgreSQL). Nothing can be found out about databases other than
/// PostgreSQL, MariaDB and SQLite. Throws odbc_error.
writability find_writability(odbc::connection& connection, const target_table& table,
                             const table_layout& layout);

/// The same for a table that is still to be created.
writability find_creatability(odbc::connection& connection, const std::string& table);

}  // namespace sluice::destinations
