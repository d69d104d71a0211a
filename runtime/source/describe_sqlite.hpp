// Names and declared types of columns in SQLite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"

namespace sluice::source {

struct sqlite_column {
  std::string name;  ///< as SQLite knows it
  std::string type;  ///< as declared; empty where nothing is
  bool rowid = false;
};

/// The columns that `SELECT *` gives: of `table` (qualified), or, without a table, of `relation`; a
/// column of `relation` has a declared type only if it is a table's column passed through.
std::vector<sqlite_column> sqlite_columns(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const std::string& relation);

struct real_name {
  std::string shown;        ///< as a user knows the column
  std::string in_relation;  ///< as SQL has to name it
};

/// The real names of the columns that the driver described. sqliteodbc 0.9998 takes the part of a
/// name before a dot for a table's name, and SQLite numbers the names of a subquery that differ in
/// case only: `a`, `A:1`. Throws odbc_error (permanent) if `stored` has another number of columns.
std::vector<real_name> real_names(const std::vector<sqlite_column>& stored,
                                  const std::vector<odbc::column_info>& described);

}  // namespace sluice::source
