#include "runtime/destinations/table/created_type.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::destinations {
namespace {

using odbc::declared_type;
using odbc::product;

/// A field's kind and its declared type in the source.
struct origin {
  value_kind kind;
  product database;
  declared_type type;

  explicit origin(const field& f) : kind(f.kind) {
    const auto foreign = odbc::foreign_type::parse(f.declared);
    database = foreign.database;
    // SQLite keeps any value in any column.
    if (database != product::sqlite) type = declared_type::parse(foreign.text);
  }
};

/// Integer types with values of 2^63 or more.
bool is_wide(const origin& from) {
  if (from.kind != value_kind::integer || from.database != product::mariadb) return false;
  constexpr int bits = 63;
  if (from.type.name == "bit") return from.type.first.value_or(1) > bits;
  return from.type.name == "bigint" && from.type.is_unsigned;
}

bool is_single(const origin& from) {
  return from.kind == value_kind::real && (from.type.name == "real" || from.type.name == "float") &&
         (from.database == product::postgresql || from.database == product::mariadb);
}

// -- PostgreSQL -----------------------------------------------------------------------------------

std::string postgresql_type(const origin& from) {
  switch (from.kind) {
    case value_kind::boolean:
      return "boolean";
    case value_kind::integer:
      return is_wide(from) ? "numeric(20,0)" : "bigint";
    case value_kind::decimal:
      return "numeric";
    case value_kind::real:
      return is_single(from) ? "real" : "double precision";
    case value_kind::null:
    case value_kind::text:
      return "text";
    case value_kind::json:
      // jsonb refuses \u0000 and numbers that numeric cannot hold, and keeps one of two equal keys.
      return from.database == product::mariadb || from.type.name == "json" ? "json" : "jsonb";
    case value_kind::binary:
      return "bytea";
    case value_kind::date:
      return "date";
    case value_kind::time:
      return from.database == product::mariadb ? "interval" : "time";
    case value_kind::timestamp:
      return "timestamp";
    case value_kind::timestamp_tz:
      return "timestamptz";
    case value_kind::uuid:
      return "uuid";
  }
  return "text";
}

// -- MariaDB --------------------------------------------------------------------------------------

constexpr int most_digits = 65, most_scale = 38, usual_scale = 30;
constexpr std::size_t index_bytes = 3072;
constexpr std::size_t character_bytes = 4;

created_type mariadb_decimal(const origin& from) {
  if (!from.type.first) return {fmt::format("DECIMAL({},{})", most_digits, usual_scale)};
  // PostgreSQL allows a negative scale, and a scale larger than the precision.
  const int declared_scale = from.type.second.value_or(0);
  const int whole = std::max(*from.type.first - declared_scale, 0);
  const int scale = std::max(declared_scale, 0);
  const int kept_whole = std::min(whole, most_digits);
  const int kept_scale = std::min({scale, most_scale, most_digits - kept_whole});
  created_type out{fmt::format("DECIMAL({},{})", std::max(kept_whole + kept_scale, 1), kept_scale)};
  if (kept_whole < whole || kept_scale < scale)
    out.lacks = fmt::format("more than {} digits in front of the point and {} behind it",
                            kept_whole, kept_scale);
  return out;
}

bool has_length(value_kind kind) {
  return kind == value_kind::text || kind == value_kind::null || kind == value_kind::binary;
}

std::size_t unit_bytes(value_kind kind) { return kind == value_kind::binary ? 1 : character_bytes; }

/// Bytes of an index that a key column of fixed length takes.
std::size_t fixed_bytes(value_kind kind) {
  constexpr std::size_t uuid_characters = 36, most_of_others = 32;
  return kind == value_kind::uuid ? uuid_characters : most_of_others;
}

/// Bytes that a text or binary value of the declared type may have; nothing if there is no limit.
std::optional<std::size_t> declared_bytes(const origin& from) {
  const bool limited = from.type.name.find("char") != std::string::npos ||
                       from.type.name.find("binary") != std::string::npos;
  if (!limited || !from.type.first || *from.type.first < 0) return std::nullopt;
  return static_cast<std::size_t>(*from.type.first) * unit_bytes(from.kind);
}

std::size_t wanted_bytes(const origin& from) {
  return std::min(declared_bytes(from).value_or(index_bytes), index_bytes);
}

/// The bytes of an index for each column of a key. If the columns want too many, the columns that
/// want more than their share divide the rest among them.
std::vector<std::size_t> shared_index(const std::vector<origin>& key) {
  std::vector<std::size_t> shares(key.size(), 0), open;
  std::size_t left = index_bytes;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (has_length(key[i].kind)) {
      open.push_back(i);
    } else {
      left -= std::min(left, fixed_bytes(key[i].kind));
    }
  }
  std::sort(open.begin(), open.end(),
            [&](auto a, auto b) { return wanted_bytes(key[a]) < wanted_bytes(key[b]); });
  for (std::size_t taken = 0; taken < open.size(); ++taken) {
    const auto i = open[taken];
    shares[i] = std::min(wanted_bytes(key[i]), left / (open.size() - taken));
    left -= shares[i];
  }
  return shares;
}

/// `key_bytes`: the column's bytes in the index, 0 outside of the key.
created_type mariadb_type(const origin& from, std::size_t key_bytes) {
  constexpr std::string_view exact_text = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
  const auto length = std::max<std::size_t>(key_bytes / unit_bytes(from.kind), 1);
  const auto lacks = [&](std::string_view units) {
    const bool cut = declared_bytes(from).value_or(0) > key_bytes;
    return cut ? fmt::format("more than {} {}", length, units) : std::string();
  };
  switch (from.kind) {
    case value_kind::boolean:
      return {"BOOLEAN"};
    case value_kind::integer:
      return {is_wide(from) ? "BIGINT UNSIGNED" : "BIGINT"};
    case value_kind::decimal:
      return mariadb_decimal(from);
    case value_kind::real:
      return {"DOUBLE"};
    case value_kind::null:
    case value_kind::text:
      if (key_bytes == 0) return {fmt::format("LONGTEXT {}", exact_text)};
      return {fmt::format("VARCHAR({}) {}", length, exact_text), lacks("characters")};
    case value_kind::json:
      return {"JSON"};
    case value_kind::binary:
      if (key_bytes == 0) return {"LONGBLOB"};
      return {fmt::format("VARBINARY({})", length), lacks("bytes")};
    case value_kind::date:
      return {"DATE"};
    case value_kind::time:
      return {"TIME(6)"};
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return {"DATETIME(6)"};
    case value_kind::uuid:
      return {"CHAR(36) CHARACTER SET ascii COLLATE ascii_nopad_bin"};
  }
  return {"LONGTEXT"};
}

// -- SQLite ---------------------------------------------------------------------------------------

std::string sqlite_type(const origin& from) {
  switch (from.kind) {
    case value_kind::boolean:
      return "BOOLEAN";
    case value_kind::integer:
      return is_wide(from) ? "TEXT" : "INTEGER";
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

}  // namespace

std::vector<created_type> created_types(product product, const std::vector<field>& fields,
                                        const std::vector<std::size_t>& keys) {
  std::vector<origin> key;
  for (const auto i : keys) key.emplace_back(fields[i]);
  const auto shares = shared_index(key);
  std::vector<created_type> types;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const origin from(fields[i]);
    const auto found = std::find(keys.begin(), keys.end(), i);
    const bool in_key = found != keys.end();
    switch (product) {
      case odbc::product::postgresql:
        types.push_back({postgresql_type(from)});
        break;
      case odbc::product::mariadb:
        types.push_back(mariadb_type(
            from, in_key ? shares[static_cast<std::size_t>(found - keys.begin())] : 0));
        break;
      case odbc::product::sqlite:
        types.push_back({sqlite_type(from)});
        break;
      case odbc::product::generic:
        // The same word means another type elsewhere: TIMESTAMP is a row version in SQL Server and
        // Virtuoso.
        throw odbc::odbc_error(
            odbc::error_class::permanent,
            "the types of this database are not known: create the table yourself");
    }
  }
  return types;
}

}  // namespace sluice::destinations
