// How each column of a model is read: its exact type and the expression that fetches it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/row.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::source {

/// Chosen once per model, before the first row.
struct column_plan {
  std::string name{};
  value_kind kind = value_kind::text;
  std::string declared{};         ///< as `field::declared`
  std::string expression{};       ///< what stands in the SELECT
  std::string column{};           ///< the column itself, as conditions name it
  bool binary_transport = false;  ///< arrives as raw bytes in a cell of its own
  bool text_is_real = false;      ///< SQLite: a plain string is a real's text (unpack_json_array)
  /// A cheap expression for the size of a value in bytes; empty where no value is long.
  std::string size{};
  std::string copy{};  ///< MariaDB: the expression whose bytes a copy keeps
  /// What a hash of the row is made of (see hash_sql): as exact as what is read. Empty where the
  /// database has no digests.
  std::string hashed{};
  bool single_precision = false;  ///< a `real` whose shortest text is that of a 4-byte float
  /// Fit for a cursor: `>=` and ORDER BY agree on the order of the values, and later values are
  /// higher.
  bool ordered = false;
};

/// Kinds whose values have any length.
bool can_be_long(value_kind kind);

struct postgresql_type {
  /// pg_type.typname of the column's base type; empty unless the type is built into the server.
  std::string type{};
  std::string declared{};  ///< with length and digits, as format_type writes it
};
column_plan plan_postgresql(std::string_view name, const postgresql_type& is);
/// A type as SHOW FULL COLUMNS reports it.
struct mariadb_type {
  std::string type{};       ///< `bigint(20) unsigned`
  std::string collation{};  ///< of a text
};
/// `is_json`: the column has a CHECK with json_valid.
column_plan plan_mariadb(std::string_view name, const mariadb_type& type, bool is_json);
/// `type` is the declared type; it says what values are meant to be, but each value has its own
/// type. `rowid`: the column is the table's rowid, so every value is an integer.
column_plan plan_sqlite(std::string_view name, std::string_view type, bool rowid);
/// Other databases: by the SQL type that the driver reports.
column_plan plan_generic(const odbc::column_info& column, char quote);

}  // namespace sluice::source
