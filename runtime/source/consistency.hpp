// Whether a pass reads one state of the database.
#pragma once

#include <string>

#include "runtime/config/config.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::source {

/// Refuses a mirror of a source whose pass may skip or repeat rows that are changed meanwhile: a
/// mirror would delete the skipped rows. PostgreSQL, InnoDB and SQLite read a snapshot; tables of
/// MariaDB's other own engines (MyISAM, Aria, MEMORY) are copied by one statement, which locks the
/// table. For other databases, and for MariaDB's engines that fetch rows from another server,
/// Sluice cannot know: the user vouches for them with `source.consistent_reads`. Throws `failure`
/// (source_failed) naming `connection`, and odbc_error.
void check_consistency(const std::string& connection, odbc::connection& on,
                       const config::source_config& source);

}  // namespace sluice::source
