#include "runtime/source/column_plan.hpp"

#include <map>

#include "messages/ascii.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/declared_type.hpp"
#include "runtime/odbc/identifiers.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {
namespace {

std::string column_reference(std::string_view name, char quote) {
  return std::string(model_alias) + "." + odbc::quoted_identifier(name, quote);
}

std::string declared_by(odbc::product database, std::string_view type) {
  return odbc::foreign_type{database, std::string(type)}.declared();
}

/// Whether the type itself keeps values short.
bool is_short(std::string_view declared) {
  constexpr int short_length = 1'000;
  const auto length = odbc::declared_type::parse(declared).first;
  return length && *length <= short_length;
}

/// Kinds whose values may grow from change to change. A time of day is none: it starts over every
/// day.
bool can_grow(value_kind kind) {
  switch (kind) {
    case value_kind::integer:
    case value_kind::decimal:
    case value_kind::real:
    case value_kind::text:
    case value_kind::date:
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
    case value_kind::uuid:
      return true;
    default:
      return false;
  }
}

// -- MariaDB --------------------------------------------------------------------------------------

/// Characters that a DOUBLE may take, and one with a number of digits of its own: DOUBLE(255,30).
constexpr int longest_real = 30;
constexpr int longest_fixed_real = 512;

/// Whether texts of this collation are UTF-8 as they are. Numbers and bytes have no collation.
bool is_unicode(std::string_view collation) {
  return collation.empty() || collation.starts_with("utf8") || collation.starts_with("ascii");
}

std::string_view first_word(std::string_view type) {
  return type.substr(0, type.find_first_of("( "));
}

/// `type`: in lower case.
value_kind mariadb_kind(std::string_view type) {
  static const std::map<std::string_view, value_kind> kinds{
      {"tinyint", value_kind::integer},
      {"smallint", value_kind::integer},
      {"mediumint", value_kind::integer},
      {"int", value_kind::integer},
      {"bigint", value_kind::integer},
      {"year", value_kind::integer},
      {"bit", value_kind::integer},
      {"decimal", value_kind::decimal},
      {"float", value_kind::real},
      {"double", value_kind::real},
      {"date", value_kind::date},
      {"time", value_kind::time},
      {"datetime", value_kind::timestamp},
      {"timestamp", value_kind::timestamp_tz},
      {"uuid", value_kind::uuid},
      {"binary", value_kind::binary},
      {"varbinary", value_kind::binary},
      {"tinyblob", value_kind::binary},
      {"blob", value_kind::binary},
      {"mediumblob", value_kind::binary},
      {"longblob", value_kind::binary},
      {"geometry", value_kind::binary},
      {"point", value_kind::binary},
      {"linestring", value_kind::binary},
      {"polygon", value_kind::binary},
      {"multipoint", value_kind::binary},
      {"multilinestring", value_kind::binary},
      {"multipolygon", value_kind::binary},
      {"geometrycollection", value_kind::binary}};
  if (type.starts_with("tinyint(1)") || type == "bit(1)") return value_kind::boolean;
  if (type == "binary(0)") return value_kind::text;  // what a table makes of NULL
  const auto known = kinds.find(first_word(type));
  return known == kinds.end() ? value_kind::text : known->second;
}

/// The expression that makes the server write a value as text. The driver's own conversions take
/// more than twice as long, and are not always exact (a float has more digits than the driver
/// prints).
std::string mariadb_text(const column_plan& plan, std::string_view full) {
  const auto word = first_word(full);
  if (word == "bit") return "CAST(CAST(" + plan.column + " AS UNSIGNED) AS CHAR)";
  if (plan.kind == value_kind::real) {
    // With a width: the server takes 22 characters for enough, and would cut longer ones.
    const auto exact = plan.single_precision ? "CAST(" + plan.column + " AS DOUBLE)" : plan.column;
    const auto width = contains(full, "(") ? longest_fixed_real : longest_real;
    return "CAST(" + exact + " AS CHAR(" + std::to_string(width) + "))";
  }
  if (contains(full, "zerofill") || word == "year") return "CAST(" + plan.column + " + 0 AS CHAR)";
  return "CAST(" + plan.column + " AS CHAR)";
}

/// A value in quotes, which show where it ends, or the word NULL without them. The server's own
/// text of a number or a time needs no CAST, which takes as long as all the rest.
std::string mariadb_hashed(const column_plan& plan, bool has_length) {
  if (plan.kind == value_kind::real) return "QUOTE(" + plan.copy + ")";
  if (!can_be_long(plan.kind)) return "QUOTE(" + plan.column + ")";
  if (!plan.binary_transport || has_length) return "QUOTE(" + plan.copy + ")";
  // Functions do not take geometry for bytes. Digits that are too many are NULL, as they are for
  // the whole row, and QUOTE would hide that.
  const auto& shape = plan.column;
  return "IF(" + shape + " IS NULL, 'NULL', CONCAT('''', ST_SRID(" + shape +
         "), ':', HEX(ST_AsWKB(" + shape + ")), ''''))";
}

// -- SQLite ---------------------------------------------------------------------------------------

/// What SQLite does to values that are stored in a column (https://sqlite.org/datatype3.html, 3.1).
enum class affinity : std::uint8_t { integer, text, blob, real, numeric };

affinity affinity_of(std::string_view type) {
  if (contains(type, "int")) return affinity::integer;
  if (contains(type, "char") || contains(type, "clob") || contains(type, "text"))
    return affinity::text;
  if (type.empty() || contains(type, "blob")) return affinity::blob;
  if (contains(type, "real") || contains(type, "floa") || contains(type, "doub"))
    return affinity::real;
  return affinity::numeric;
}

value_kind declared_kind(std::string_view type) {
  if (type.starts_with("bool")) return value_kind::boolean;
  if (type == "date") return value_kind::date;
  if (type == "time") return value_kind::time;
  if (type.starts_with("timestamp") || type.starts_with("datetime")) return value_kind::timestamp;
  if (type == "json" || type == "jsonb") return value_kind::json;
  if (type == "uuid" || type == "guid") return value_kind::uuid;
  switch (affinity_of(type)) {
    case affinity::integer:
      return value_kind::integer;
    case affinity::text:
      return value_kind::text;
    case affinity::blob:
      return type.empty() ? value_kind::text : value_kind::binary;
    case affinity::real:
      return value_kind::real;
    case affinity::numeric:
      return value_kind::decimal;
  }
  return value_kind::text;
}

/// Kinds whose values SQLite stores as text in a column of NUMERIC affinity.
bool is_written_as_text(value_kind kind) {
  return kind == value_kind::date || kind == value_kind::time || kind == value_kind::timestamp ||
         kind == value_kind::json || kind == value_kind::uuid;
}

// -- others ---------------------------------------------------------------------------------------

value_kind kind_of(odbc::column_kind kind) {
  switch (kind) {
    case odbc::column_kind::boolean:
      return value_kind::boolean;
    case odbc::column_kind::integer:
      return value_kind::integer;
    case odbc::column_kind::decimal:
      return value_kind::decimal;
    case odbc::column_kind::real:
      return value_kind::real;
    case odbc::column_kind::date:
      return value_kind::date;
    case odbc::column_kind::time:
      return value_kind::time;
    case odbc::column_kind::timestamp:
      return value_kind::timestamp;
    case odbc::column_kind::uuid:
      return value_kind::uuid;
    case odbc::column_kind::binary:
      return value_kind::binary;
    case odbc::column_kind::text:
    case odbc::column_kind::other:
      break;
  }
  return value_kind::text;
}

}  // namespace

bool can_be_long(value_kind kind) {
  return kind == value_kind::text || kind == value_kind::json || kind == value_kind::binary;
}

column_plan plan_postgresql(std::string_view name, const postgresql_type& is) {
  const auto& [type, declared] = is;
  static const std::map<std::string_view, value_kind> kinds{
      {"bool", value_kind::boolean},        {"int2", value_kind::integer},
      {"int4", value_kind::integer},        {"int8", value_kind::integer},
      {"oid", value_kind::integer},         {"numeric", value_kind::decimal},
      {"float4", value_kind::real},         {"float8", value_kind::real},
      {"date", value_kind::date},           {"time", value_kind::time},
      {"timestamp", value_kind::timestamp}, {"timestamptz", value_kind::timestamp_tz},
      {"uuid", value_kind::uuid},           {"json", value_kind::json},
      {"jsonb", value_kind::json},          {"bytea", value_kind::binary}};
  column_plan plan{.name = std::string(name),
                   .declared = declared_by(odbc::product::postgresql, declared),
                   .expression = column_reference(name, '"')};
  if (const auto known = kinds.find(type); known != kinds.end()) plan.kind = known->second;
  plan.binary_transport = plan.kind == value_kind::binary;
  plan.single_precision = type == "float4";
  plan.column = plan.expression;
  plan.ordered = can_grow(plan.kind);
  // Types of others need not have a binary form; what is read is their text.
  const bool is_text = type == "text" || type == "varchar" || type == "bpchar";
  plan.hashed = is_text || kinds.contains(type) ? plan.column : plan.column + "::text";
  // octet_length does not read a value that is stored apart. For types without octet_length the
  // size of the compressed value is used.
  const bool has_length = is_text || type == "bytea";
  if (can_be_long(plan.kind) && !(has_length && is_short(declared)))
    plan.size = (has_length ? "octet_length(" : "pg_column_size(") + plan.column + ")";
  return plan;
}

column_plan plan_mariadb(std::string_view name, const mariadb_type& type, bool is_json) {
  const auto full = odbc::lower(type.type);
  const auto word = first_word(full);
  column_plan plan{.name = std::string(name),
                   .declared = declared_by(odbc::product::mariadb, type.type)};
  plan.kind = is_json ? value_kind::json : mariadb_kind(full);
  plan.single_precision = word == "float";
  plan.binary_transport = plan.kind == value_kind::binary;
  // An ENUM sorts by the position of its words and compares by their letters.
  plan.ordered = can_grow(plan.kind) && word != "enum" && word != "set";
  plan.column = column_reference(name, '`');
  // Text and bytes go as they are.
  plan.expression =
      !type.collation.empty() || plan.binary_transport ? plan.column : mariadb_text(plan, full);
  // Geometry is left out: functions do not take it for bytes.
  const bool has_length =
      !type.collation.empty() || contains(word, "binary") || contains(word, "blob");
  if (can_be_long(plan.kind) && has_length && !is_short(type.type) && word != "enum" &&
      word != "set")
    plan.size = "LENGTH(" + plan.column + ")";
  plan.copy = is_unicode(type.collation) ? plan.expression
                                         : "CONVERT(" + plan.expression + " USING utf8mb4)";
  plan.hashed = mariadb_hashed(plan, has_length);
  return plan;
}

column_plan plan_sqlite(std::string_view name, std::string_view type, bool rowid) {
  const auto word = odbc::lower(type);
  column_plan plan{.name = std::string(name),
                   .kind = declared_kind(word),
                   .declared = declared_by(odbc::product::sqlite, type)};
  const auto c = column_reference(name, '"');
  plan.column = c;
  plan.ordered = can_grow(plan.kind);
  // Arguments of json_array. It keeps integers and text (NUL included) exactly, but would cut reals
  // to 15 digits and refuses blobs. Values that the column's affinity makes common are passed
  // plainly, all others in an array of their own (see unpack_json_array). SQLite orders NULL,
  // numbers, texts, blobs, so a comparison finds the type of a value; it costs a fifth of typeof.
  const auto most = std::to_string(odbc::statement::max_cell_bytes);
  // SQLite makes no text of more than 10^9 bytes, and a blob has two digits per byte.
  const auto unless_large = [&](const std::string& value) {
    return "CASE WHEN length(" + c + ") > " + most + " THEN json_array('', 3) ELSE " + value +
           " END";
  };
  const auto blob = unless_large("json_array(hex(" + c + "), 1)");
  const auto real = "printf('%!.17g', " + c + ")";
  const auto stored = affinity_of(word);
  if (rowid) {
    plan.expression = c;
  } else if (stored == affinity::text) {  // holds no number
    plan.expression =
        "CASE WHEN " + c + " >= x'' THEN " + blob + " ELSE " + unless_large(c) + " END";
  } else if (is_written_as_text(plan.kind)) {
    plan.expression = "CASE WHEN " + c + " >= x'' THEN " + blob + " WHEN " + c + " >= '' THEN " +
                      unless_large(c) + " WHEN typeof(" + c + ") = 'real' THEN json_array(" + real +
                      ", 2) ELSE " + c + " END";
  } else {
    plan.text_is_real = true;
    // Of up to 15 digits: exact as json_array prints it, be it an integer or an integral real.
    const auto short_number = c + " BETWEEN -999999999999999 AND 999999999999999";
    const auto integral = c + " = (" + c + " | 0)";
    plan.expression = "CASE WHEN " + short_number + " THEN CASE WHEN " + integral + " THEN " + c +
                      " ELSE " + real + " END WHEN " + c + " IS NULL THEN NULL WHEN " + c +
                      " >= x'' THEN " + blob + " WHEN " + c + " >= '' THEN " +
                      unless_large("json_array(" + c + ")") + " WHEN typeof(" + c +
                      ") = 'real' THEN " + real + " ELSE " + c + " END";
  }
  return plan;
}

column_plan plan_generic(const odbc::column_info& column, char quote) {
  column_plan plan{.name = column.name,
                   .declared = declared_by(odbc::product::generic, column.type_name),
                   .expression = column_reference(column.name, quote)};
  plan.kind = kind_of(column.kind);
  plan.binary_transport = plan.kind == value_kind::binary;
  plan.column = plan.expression;
  plan.ordered = can_grow(plan.kind);
  return plan;
}

}  // namespace sluice::source
