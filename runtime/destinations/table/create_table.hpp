// Making the table that `create: true` asks for.
#pragma once

#include <string>

#include "runtime/destinations/destination.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// CREATE TABLE IF NOT EXISTS for the fields of `run.schema`, the key columns as primary key; for
/// mode append without one, since it adds a row for every change. Types:
///
/// | kind         | PostgreSQL       | MariaDB                        | SQLite    |
/// | boolean      | boolean          | BOOLEAN                        | BOOLEAN   |
/// | integer      | bigint           | BIGINT                         | INTEGER   |
/// | decimal      | numeric          | DECIMAL(38,10)                 | TEXT      |
/// | real         | double precision | DOUBLE                         | REAL      |
/// | text         | text             | LONGTEXT; in a key VARCHAR     | TEXT      |
/// | json         | jsonb            | JSON                           | TEXT      |
/// | binary       | bytea            | LONGBLOB; in a key VARBINARY   | BLOB      |
/// | date         | date             | DATE                           | DATE      |
/// | time         | time             | TIME(6)                        | TIME      |
/// | timestamp    | timestamp        | DATETIME(6)                    | TIMESTAMP |
/// | timestamp_tz | timestamptz      | DATETIME(6), in UTC            | TIMESTAMP |
/// | uuid         | uuid             | CHAR(36) in ASCII              | TEXT      |
///
/// SQLite has no exact decimal, so decimals keep their text. MariaDB's texts in a key hold up to
/// 255 characters (its indexes end at 3,072 bytes) and use utf8mb4_nopad_bin, so that 'a', 'A' and
/// 'a ' are three keys. Pure but for the quoting.
std::string create_table_sql(const odbc::connection& connection, const std::string& table,
                             const delivery_context& run);

/// Runs it. Safe when several writers do so at once. Throws odbc_error.
void create_table(odbc::connection& connection, const std::string& table,
                  const delivery_context& run);

}  // namespace sluice::destinations
