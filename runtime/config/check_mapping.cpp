// What an ODBC destination asks of the mapping: flat rows that carry the key.
#include <algorithm>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

void check_flat(const json_value& mapping) {
  for (const auto& [name, value] : mapping.members()) {
    const auto path = parse_field_path(name);
    if (path && path->size() > 1)
      value.complain("a table has no nested fields",
                     R"(name a column; write "\\." for a dot in its name)");
  }
}

bool copies(const mapped_field& field, const std::string& column) {
  const auto* const value = std::get_if<column_value>(&field.value);
  return value != nullptr && value->column == column && value->as == column_value::cast::none;
}

/// Without the key among the fields there is no telling which row to update or delete.
void check_key_is_copied(const json_value& mapping, const connection_config& connection) {
  for (const auto& column : connection.source.key) {
    const bool copied = std::ranges::any_of(
        connection.mapping, [&](const auto& field) { return copies(field, column); });
    if (!copied)
      mapping.complain(
          "no field is a plain copy of the key column \"" + column + "\"",
          "an ODBC destination finds rows by it: add \"" + column + "\": \"" + column + "\"");
  }
}

}  // namespace

void check_mapping_fits_destination(const json_value& root, const connection_config& connection) {
  const auto mapping = root.member("mapping");
  const bool given = mapping.present() && mapping.raw().is_object() && !mapping.raw().empty();
  if (!given || !std::holds_alternative<odbc_config>(connection.destination.kind)) return;
  check_flat(mapping);
  check_key_is_copied(mapping, connection);
}

}  // namespace sluice::config
