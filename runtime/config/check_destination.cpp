// What destinations ask of the rest of a connection: an ODBC table flat, complete rows that carry
// the key, an HTTP API in mode mirror a request that deletes.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/config/field_path.hpp"
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

void check_complete(const json_value& mapping) {
  for (const auto& [name, value] : mapping.members()) {
    const auto omit_null = value.member("omit_null");
    if (omit_null.present() && omit_null.raw() == true)
      omit_null.complain("a table always has the column", "remove it: NULL is written as NULL");
  }
}

bool copies(const mapped_field& field, const std::string& column) {
  const auto* const value = std::get_if<column_value>(&field.value);
  return value != nullptr && value->column == column && value->as == column_value::cast::none;
}

/// Without the key among the fields there is no telling which row to update or delete.
void check_key_is_copied(const json_value& mapping, const json_value& key,
                         const connection_config& connection) {
  const auto& columns = connection.source.key;
  const bool readable = key.present() && key.raw().size() == columns.size();
  if (!readable) return;  // has been reported
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool copied = std::ranges::any_of(
        connection.mapping, [&](const auto& field) { return copies(field, columns[i]); });
    if (copied) continue;
    const auto column = key.raw()[i].dump();  // as it was written
    mapping.complain(fmt::format("no field is a plain copy of the key column {}", column),
                     fmt::format("an ODBC destination finds rows by it: add {0}: {0}", column));
  }
}

void check_deletes(const json_value& root, const connection_config& connection,
                   const http_config& http) {
  if (connection.mode != sync_mode::mirror || http.requests.empty() ||
      request_for(http, operation::erase) != nullptr)
    return;
  root.member("mode").complain("\"mirror\" deletes rows, and the destination has no \"delete\"",
                               "add a \"delete\" request, or use \"upsert\"");
}

}  // namespace

void check_destination(const json_value& root, const connection_config& connection) {
  if (const auto* const http = std::get_if<http_config>(&connection.destination.kind))
    check_deletes(root, connection, *http);
  const auto mapping = root.member("mapping");
  const bool given = mapping.present() && mapping.raw().is_object() && !mapping.raw().empty();
  if (!given || !std::holds_alternative<odbc_config>(connection.destination.kind)) return;
  check_flat(mapping);
  check_complete(mapping);
  check_key_is_copied(mapping, root.member("source").member("key"), connection);
}

}  // namespace sluice::config
