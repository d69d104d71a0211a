#include "runtime/destinations/table/create_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/destinations/table/table_layout.hpp"

namespace sluice::destinations {
namespace {

std::string postgresql_type(value_kind kind) {
  switch (kind) {
    case value_kind::boolean:
      return "boolean";
    case value_kind::integer:
      return "bigint";
    case value_kind::decimal:
      return "numeric";
    case value_kind::real:
      return "double precision";
    case value_kind::null:
    case value_kind::text:
      return "text";
    case value_kind::json:
      return "jsonb";
    case value_kind::binary:
      return "bytea";
    case value_kind::date:
      return "date";
    case value_kind::time:
      return "time";
    case value_kind::timestamp:
      return "timestamp";
    case value_kind::timestamp_tz:
      return "timestamptz";
    case value_kind::uuid:
      return "uuid";
  }
  return "text";
}

/// `key_columns` is the number of columns that share the key's 3,072 bytes, 0 outside of the key.
std::string mariadb_type(value_kind kind, std::size_t key_columns) {
  const auto key_length = key_columns == 0 ? 0 : std::min<std::size_t>(255, 768 / key_columns);
  switch (kind) {
    case value_kind::boolean:
      return "BOOLEAN";
    case value_kind::integer:
      return "BIGINT";
    case value_kind::decimal:
      return "DECIMAL(38,10)";
    case value_kind::real:
      return "DOUBLE";
    case value_kind::null:
    case value_kind::text:
      return fmt::format("{} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
                         key_length == 0 ? "LONGTEXT" : fmt::format("VARCHAR({})", key_length));
    case value_kind::json:
      return "JSON";
    case value_kind::binary:
      return key_length == 0 ? "LONGBLOB" : fmt::format("VARBINARY({})", key_length);
    case value_kind::date:
      return "DATE";
    case value_kind::time:
      return "TIME(6)";
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return "DATETIME(6)";
    case value_kind::uuid:
      return "CHAR(36) CHARACTER SET ascii COLLATE ascii_nopad_bin";
  }
  return "LONGTEXT";
}

std::string sqlite_type(value_kind kind) {
  switch (kind) {
    case value_kind::boolean:
      return "BOOLEAN";
    case value_kind::integer:
      return "INTEGER";
    case value_kind::real:
      return "REAL";
    case value_kind::binary:
      return "BLOB";
    case value_kind::date:
      return "DATE";
    case value_kind::time:
      return "TIME";
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return "TIMESTAMP";
    case value_kind::null:
    case value_kind::decimal:
    case value_kind::text:
    case value_kind::json:
    case value_kind::uuid:
      return "TEXT";
  }
  return "TEXT";
}

std::string column_type(odbc::product product, value_kind kind, std::size_t key_columns) {
  switch (product) {
    case odbc::product::postgresql:
      return postgresql_type(kind);
    case odbc::product::mariadb:
      return mariadb_type(kind, key_columns);
    case odbc::product::sqlite:
      return sqlite_type(kind);
    case odbc::product::generic:
      break;
  }
  // The same word means another type elsewhere: TIMESTAMP is a row version in SQL Server and
  // Virtuoso.
  throw odbc::odbc_error(odbc::error_class::permanent,
                         "the types of this database are not known: create the table yourself");
}

}  // namespace

std::string create_table_sql(const odbc::connection& connection, const std::string& table,
                             const delivery_context& run) {
  const auto& schema = run.schema;
  const auto keys = run.mode == sync_mode::append ? std::vector<std::size_t>{} : key_fields(schema);
  std::vector<std::string> parts, key_names;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const auto& f = schema.fields[i];
    const bool in_key = std::find(keys.begin(), keys.end(), i) != keys.end();
    parts.push_back(fmt::format("{} {}{}", connection.quote_identifier(column_name(f)),
                                column_type(connection.kind(), f.kind, in_key ? keys.size() : 0),
                                in_key ? " NOT NULL" : ""));
  }
  for (const auto i : keys)
    key_names.push_back(connection.quote_identifier(column_name(schema.fields[i])));
  if (!keys.empty()) parts.push_back(fmt::format("PRIMARY KEY ({})", fmt::join(key_names, ", ")));
  return fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", connection.quote_table(table),
                     fmt::join(parts, ", "));
}

void create_table(odbc::connection& connection, const std::string& table,
                  const delivery_context& run) {
  try {
    connection.execute(create_table_sql(connection, table, run));
  } catch (const odbc::odbc_error& e) {
    // PostgreSQL's IF NOT EXISTS still fails on its catalogue's unique index when two sessions
    // create at the same time; then the other one has made the table.
    if (connection.lost() || e.info().kind == odbc::error_class::interrupted) throw;
    if (!describe_table(connection, table)) throw;
  }
}

}  // namespace sluice::destinations
