#include "runtime/destinations/table/declared_column.hpp"

#include <algorithm>
#include <initializer_list>

#include "messages/ascii.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/declared_type.hpp"

namespace sluice::destinations {
namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// -- PostgreSQL -----------------------------------------------------------------------------------

column_family postgresql_family(std::string_view type) {
  if (type == "boolean") return column_family::boolean;
  if (one_of(type, {"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"}))
    return column_family::number;
  if (one_of(type, {"text", "character varying", "bpchar", "name", "\"char\""}))
    return column_family::text;
  if (type == "bytea") return column_family::binary;
  if (one_of(type, {"\"bit\"", "bit varying"})) return column_family::bit_string;
  if (type == "date") return column_family::date;
  if (type.starts_with("time without") || type.starts_with("time with")) return column_family::time;
  if (type.starts_with("timestamp")) return column_family::timestamp;
  if (type == "interval") return column_family::interval;
  if (type == "money") return column_family::money;
  if (type == "uuid") return column_family::uuid;
  if (one_of(type, {"json", "jsonb"})) return column_family::json;
  return column_family::any;
}

// The encoding of some types' modifiers: numerictypmodin, anychar_typmodin and intervaltypmodin in
// PostgreSQL's sources.
constexpr int header = 4;  // PostgreSQL adds it to some modifiers

void read_numeric_modifier(target_column& column, int modifier) {
  constexpr int scale_bits = 0x7ff, sign_bit = 0x400;
  column.length = (modifier - header) >> 16 & 0xffff;
  column.scale = (((modifier - header) & scale_bits) ^ sign_bit) - sign_bit;
}

void read_interval_modifier(target_column& column, int modifier) {
  constexpr int all_fields = 0x7fff, all_digits = 0xffff;
  column.drops_fields = (modifier >> 16 & all_fields) != all_fields;
  if (const int digits = modifier & all_digits; digits != all_digits) column.second_digits = digits;
}

// -- MariaDB --------------------------------------------------------------------------------------

column_family mariadb_family(std::string_view type) {
  if (one_of(type, {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float",
                    "double", "year"}))
    return column_family::number;
  if (one_of(type,
             {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"}))
    return column_family::text;
  if (one_of(type, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}))
    return column_family::binary;
  if (type == "bit") return column_family::bits;
  if (type == "date") return column_family::date;
  if (type == "time") return column_family::time;
  if (one_of(type, {"datetime", "timestamp"})) return column_family::timestamp;
  if (type == "uuid") return column_family::uuid;
  return column_family::any;
}

/// The words of `enum('a','it''s')`; MariaDB escapes as its strings do.
std::vector<std::string> read_labels(std::string_view declared) {
  std::vector<std::string> labels;
  bool inside = false;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const char c = declared[i];
    const bool doubled = i + 1 < declared.size() && declared[i + 1] == '\'';
    if (c == '\'' && !(inside && doubled)) {
      inside = !inside;
      if (inside) labels.emplace_back();
      continue;
    }
    if (!inside) continue;
    if ((c == '\'' || c == '\\') && ++i < declared.size()) {
      constexpr std::string_view letters = "nr0", meant("\n\r\0", 3);
      const auto letter = c == '\\' ? letters.find(declared[i]) : std::string_view::npos;
      labels.back().push_back(letter == std::string_view::npos ? declared[i] : meant[letter]);
    } else {
      labels.back().push_back(c);
    }
  }
  return labels;
}

void read_mariadb_number(target_column& column, const odbc::declared_type& type) {
  column.single_precision = type.name == "float";
  column.double_precision = type.name == "double";
  if (type.name == "year") column.year_digits = type.first.value_or(4);
  if (type.name == "decimal") {
    column.length = type.first;
    column.scale = type.second.value_or(0);
  } else if (column.single_precision || column.double_precision) {
    column.scale = type.second;  // float(7,2) rounds, too
  } else {
    column.scale = 0;
  }
}

void read_mariadb_text(target_column& column, std::string_view declared,
                       const odbc::declared_type& type, std::string_view collation) {
  column.pads = type.name == "char";
  column.is_set = type.name == "set";
  if (column.is_set || type.name == "enum") {
    column.labels = read_labels(declared);
    return;
  }
  column.length = type.first;
  if (type.name == "tinytext") column.length = 0xff;
  if (type.name == "text") column.length = 0xffff;
  if (type.name == "mediumtext") column.length = 0xffffff;
  // In most other character sets a byte is a character.
  column.length_in_bytes = !one_of(type.name, {"char", "varchar"}) && collation.starts_with("utf8");
}

}  // namespace

void read_postgresql_type(target_column& column, std::string_view type, int modifier) {
  column.family = postgresql_family(type);
  column.single_precision = type == "real";
  column.double_precision = type == "double precision";
  column.pads = type == "bpchar";
  column.wraps_negative = type == "oid";
  column.has_zone = contains(type, "with time zone");
  if (one_of(type, {"smallint", "integer", "bigint", "oid"})) column.scale = 0;
  if (type == "name" || type == "\"char\"") {
    constexpr int longest_name = 63;
    column.length = type == "name" ? longest_name : 1;
    column.length_in_bytes = true;
  }
  if (modifier < 0) return;
  switch (column.family) {
    case column_family::number:
      return read_numeric_modifier(column, modifier);
    case column_family::text:
      column.length = modifier - header;
      return;
    case column_family::bit_string:
      column.length = modifier;
      return;
    case column_family::time:
    case column_family::timestamp:
      column.second_digits = modifier;
      return;
    case column_family::interval:
      return read_interval_modifier(column, modifier);
    default:
      return;
  }
}

void read_mariadb_type(target_column& column, std::string_view declared,
                       std::string_view collation) {
  const auto type = odbc::declared_type::parse(declared);
  column.family = mariadb_family(type.name);
  switch (column.family) {
    case column_family::number:
      return read_mariadb_number(column, type);
    case column_family::text:
      return read_mariadb_text(column, declared, type, collation);
    case column_family::binary:
      column.length = type.first;
      column.pads = type.name == "binary";
      return;
    case column_family::bits:
      column.length = type.first;
      return;
    case column_family::time:
    case column_family::timestamp:
      column.second_digits = type.first.value_or(0);
      return;
    default:
      return;
  }
}

void read_sqlite_type(target_column& column, std::string_view declared, bool strict) {
  // The rules for the affinity of a declared type (https://sqlite.org/datatype3.html, 3.1). ANY is
  // a type of STRICT tables, where it changes nothing, and elsewhere a name like any other.
  const auto type = odbc::lower(declared);
  if (contains(type, "int")) {
    column.makes_numbers = true;
  } else if (contains(type, "char") || contains(type, "clob") || contains(type, "text")) {
    column.makes_texts = true;
  } else if (!type.empty() && !contains(type, "blob") && !(strict && type == "any")) {
    column.makes_numbers = true;
    column.double_precision =
        contains(type, "real") || contains(type, "floa") || contains(type, "doub");
  }
}

}  // namespace sluice::destinations
