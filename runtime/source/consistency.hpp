// Whether a pass reads one state of the database.
#pragma once

#include <string>

#include "runtime/config/config.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::source {

/// Refuses a mirror of a source whose pass may skip or repeat rows that others change meanwhile:
/// what a pass does not give, a mirror deletes. PostgreSQL, InnoDB and SQLite read a snapshot; what
/// MariaDB keeps in other engines of its own (MyISAM, Aria, MEMORY) is copied by one statement,
/// which locks the table. Of other databases, and of MariaDB's engines that fetch rows from
/// elsewhere, nobody knows: `source.consistent_reads` says that the user does. Throws `failure`
/// (source_failed) naming `connection`, and odbc_error.
void check_consistency(const std::string& connection, odbc::connection& on,
                       const config::source_config& source);

}  // namespace sluice::source
