#include "runtime/destinations/table/key_form.hpp"

#include <fmt/format.h>

#include "runtime/odbc/declared_type.hpp"

namespace sluice::destinations {
namespace {

using odbc::product;
using result = std::variant<identity_form, std::string>;

bool is_number(value_kind kind) {
  return kind == value_kind::boolean || kind == value_kind::integer ||
         kind == value_kind::decimal || kind == value_kind::real;
}

/// PostgreSQL's names for a type and, with a length, for the same type.
std::string_view one_name(std::string_view type) { return type == "bpchar" ? "character" : type; }

/// Whether the source's column has the same type, in the same product, and is no longer.
bool is_of_same_type(const field& key, const target_column& column, product database) {
  const auto source = odbc::foreign_type::parse(key.declared);
  if (source.database != database || source.text.empty()) return false;
  const auto theirs = odbc::declared_type::parse(source.text);
  const auto ours = odbc::declared_type::parse(column.type);
  if (one_name(theirs.name) != one_name(ours.name)) return false;
  return !column.length || (theirs.first && *theirs.first <= *column.length);
}

/// Digits of a second that the source's values may have.
int second_digits(const field& key) {
  constexpr int most = 6;
  if (key.kind == value_kind::date) return 0;
  const auto source = odbc::foreign_type::parse(key.declared);
  const auto type = odbc::declared_type::parse(source.text);
  if (source.database == product::mariadb) return type.first.value_or(0);
  return source.database == product::postgresql ? type.first.value_or(most) : most;
}

std::string ambiguous(const field& key, const target_column& column) {
  return fmt::format(
      "is of type {}, of which the source's {} may spell one value in several ways: different keys "
      "would share a row, or a key would not be found again; give both columns one type, or cast "
      "the key in source.query",
      column.type, to_string(key.kind));
}

result form_of_time(const field& key, const target_column& column) {
  if (key.kind == value_kind::text) return ambiguous(key, column);
  if (column.second_digits < second_digits(key))
    return fmt::format(
        "keeps {} digits of a second, the source's {} has {}: different keys would share a row",
        column.second_digits, to_string(key.kind), second_digits(key));
  return identity_form::instant;
}

result form_of_binary(const field& key, const target_column& column, product database) {
  if (column.pads && !is_of_same_type(key, column, database))
    return fmt::format(
        "is of type {}, which fills shorter values with zeros: different keys would share a row",
        column.type);
  return identity_form::packed;
}

/// A column without a declared type, or with a type that gives no affinity: values keep their type,
/// and SQLite has no type for decimals.
result form_without_affinity(const field& key, const target_column& column) {
  if (key.kind == value_kind::decimal)
    return fmt::format("is of type '{}', which keeps decimals as texts: declare it NUMERIC or TEXT",
                       column.type);
  return key.kind == value_kind::binary ? identity_form::packed : identity_form::typed;
}

result form_in_sqlite(const field& key, const target_column& column) {
  if (key.kind == value_kind::binary) return identity_form::packed;
  if (column.makes_numbers)
    return key.kind == value_kind::text || is_number(key.kind) ? identity_form::number
                                                               : identity_form::text;
  if (!column.makes_texts) return form_without_affinity(key, column);
  return identity_form::text;
}

result form_by_family(const field& key, const target_column& column, product database) {
  const bool same_type = is_of_same_type(key, column, database);
  switch (column.family) {
    case column_family::number:
      return identity_form::number;
    case column_family::boolean:
    case column_family::bits:
      if (is_number(key.kind)) return identity_form::number;
      break;
    case column_family::text:
      return column.pads ? identity_form::unpadded : identity_form::text;
    case column_family::bit_string:
      if (key.kind == value_kind::text) return identity_form::text;
      break;
    case column_family::binary:
      return form_of_binary(key, column, database);
    case column_family::date:
    case column_family::time:
    case column_family::timestamp:
      return form_of_time(key, column);
    case column_family::uuid:
      return identity_form::uuid;
    case column_family::interval:
    case column_family::money:
    case column_family::json:
    case column_family::any:
      break;
  }
  if (same_type) return identity_form::text;
  return ambiguous(key, column);
}

}  // namespace

result key_form_of(const field& key, const target_column& column, product database) {
  if (database == product::generic) return canonical_form(key.kind);
  // MariaDB's writer compares exactly; in other databases one key would overwrite the other without
  // an error.
  if (column.folds_text && database != product::mariadb)
    return "takes texts for equal that differ (its collation): different keys of the source would "
           "share a row";
  if (database == product::sqlite) return form_in_sqlite(key, column);
  return form_by_family(key, column, database);
}

}  // namespace sluice::destinations
