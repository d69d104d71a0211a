// The type of a column that `create: true` makes. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/odbc/declared_type.hpp"

namespace sluice::destinations {

struct created_type {
  std::string sql;
  /// Names the source's values that the column cannot hold: "more than 768 characters"; empty if it
  /// holds all, or the source sets no limit.
  std::string lacks{};
};

/// A type for each of `fields` that holds every value of the type that the source declares, or else
/// as many as the database allows. `keys`: positions of the key fields, which share the bytes of an
/// index.
///
/// | kind         | PostgreSQL            | MariaDB                         | SQLite    |
/// | boolean      | boolean               | BOOLEAN                         | BOOLEAN   |
/// | integer      | bigint                | BIGINT                          | INTEGER   |
/// | - unsigned   | numeric(20,0)         | BIGINT UNSIGNED                 | TEXT      |
/// | decimal      | numeric               | DECIMAL as declared, or (65,30) | TEXT      |
/// | real         | double precision      | DOUBLE                          | REAL      |
/// | - of 4 bytes | real                  | DOUBLE                          | REAL      |
/// | text         | text                  | LONGTEXT; in a key VARCHAR      | TEXT      |
/// | json         | json; of jsonb, jsonb | JSON                            | TEXT      |
/// | binary       | bytea                 | LONGBLOB; in a key VARBINARY    | BLOB      |
/// | date         | date                  | DATE                            | DATE      |
/// | time         | time                  | TIME(6)                         | TIME      |
/// | - of MariaDB | interval              | TIME(6)                         | TIME      |
/// | timestamp    | timestamp             | DATETIME(6)                     | TIMESTAMP |
/// | timestamp_tz | timestamptz           | DATETIME(6), in UTC             | TIMESTAMP |
/// | uuid         | uuid                  | CHAR(36) in ASCII               | TEXT      |
///
/// SQLite has no exact decimal and no integer past 2^63, so these keep their text; declared lengths
/// in SQLite limit nothing. MariaDB prints the largest 4-byte float as a number too large for its
/// own FLOAT, and its TIME is a span of up to 838 hours. Its texts in a key use utf8mb4_nopad_bin,
/// so that 'a', 'A' and 'a ' are three keys, and are as long as declared, or share what an index
/// takes (3,072 bytes).
std::vector<created_type> created_types(odbc::product product, const std::vector<field>& fields,
                                        const std::vector<std::size_t>& keys);

}  // namespace sluice::destinations
