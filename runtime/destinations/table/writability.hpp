// Whether the table takes rows: asked, without changing anything.
#pragma once

#include <string>
#include <vector>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

struct writability {
  std::vector<std::string> problems;  ///< each keeps rows out
  std::vector<std::string> warnings;  ///< rules of the database that change what writing means
};

/// What stands in the way of writing rows as `layout` says, with `run`'s deletes, into `table`: a
/// hot standby, a read-only server, session or file; privileges that are missing, by column where
/// there are such. `warnings`: row-level security and rewrite rules (PostgreSQL). Of other
/// databases than PostgreSQL, MariaDB and SQLite nothing is known. Throws odbc_error.
writability find_writability(odbc::connection& connection, const target_table& table,
                             const table_layout& layout);

/// The same where the table is to be created.
writability find_creatability(odbc::connection& connection, const std::string& table);

}  // namespace sluice::destinations
