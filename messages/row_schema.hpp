// The shape of the rows that a run delivers.
#pragma once

#include <string>
#include <vector>

#include "messages/value_kind.hpp"

namespace sluice {

/// One field of the rows that a run delivers.
struct field {
  std::vector<std::string> path;  ///< name, outer objects first: {"name", "first"} for `name.first`
  /// The declared type; single values may still be null or text.
  value_kind kind = value_kind::text;
  std::string column;      ///< source column, if the field is a plain copy; else empty
  bool omit_null = false;  ///< JSON rows leave the field out where its value is null
  /// The type that the source declares for `column`, behind the database's name, such as
  /// `PostgreSQL numeric(36,18)`; empty where not known. See runtime/odbc/declared_type.hpp.
  std::string declared = {};

  bool operator==(const field&) const = default;
};

/// The shape of all batches of one run. Fixed before the first batch is sent.
struct row_schema {
  std::vector<field> fields;  ///< mapped destination fields
  std::vector<field> keys;    ///< key columns under their source names

  bool operator==(const row_schema&) const = default;
};

}  // namespace sluice
