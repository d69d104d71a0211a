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

/// The columns that `SELECT *` gives: of `table` (qualified), or, where there is none, of
/// `relation`, whose declared types are known where it passes a table's columns through.
std::vector<sqlite_column> sqlite_columns(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const std::string& relation);

/// Gives the columns that the driver described their real names: in `shown` those that a user knows
/// them by, in `named` those that the relation has. sqliteodbc 0.9998 takes what stands before a
/// dot in a name for a table's, and SQLite numbers the names of a subquery that differ in case
/// only: `a`, `A:1`. Throws odbc_error (permanent) if there are not as many.
void match_names(const std::vector<sqlite_column>& stored, std::vector<odbc::column_info>& shown,
                 std::vector<odbc::column_info>& named);

}  // namespace sluice::source
