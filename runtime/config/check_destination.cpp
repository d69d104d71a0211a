// What destinations ask of the rest of a connection: an ODBC table flat, complete rows that carry
// the key, an HTTP API a request for everything that the mode delivers.
#include <fmt/format.h>

#include <algorithm>

#include "messages/mode_rules.hpp"
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

void check_requests(const json_value& root, const connection_config& connection,
                    const http_config& http) {
  if (http.requests.empty()) return;  // has been reported
  const auto lacks = [&](operation op) {
    return sends(connection.mode, op) && request_for(http, op) == nullptr;
  };
  const bool inserts = lacks(operation::insert), updates = lacks(operation::update);
  const auto destination = root.member("destination");
  if (connection.mode == sync_mode::insert && inserts) {
    destination.complain("says not how rows are inserted",
                         R"(give an "insert" or an "upsert" request)");
  } else if (connection.mode == sync_mode::update && updates) {
    destination.complain("says not how rows are updated",
                         R"(give an "update" or an "upsert" request)");
  } else if (inserts || updates) {
    destination.complain("says not how rows are written",
                         R"(give an "upsert" request, or "insert" and "update")");
  }
  if (lacks(operation::erase))
    root.member("mode").complain("\"mirror\" deletes rows, and the destination has no \"delete\"",
                                 "add a \"delete\" request, or use \"upsert\"");
}

/// Every column is mapped under its own name, which is known once the model is open.
bool maps_every_column(const connection_config& connection) { return connection.mapping.empty(); }

void check_identity(const json_value& root, const connection_config& connection,
                    const http_config& http) {
  if (maps_every_column(connection)) return;
  const auto identity = root.member("destination").member("identity");
  for (const auto& each : http.identity) {
    if (!each.insists || each.path.empty()) continue;
    const auto name = field_path_text(each.path);
    const bool is_key =
        each.path.size() == 1 &&
        std::ranges::find(connection.source.key, each.path.front()) != connection.source.key.end();
    if (is_key || std::ranges::find(connection.mapping, each.path, &mapped_field::path) !=
                      connection.mapping.end())
      continue;
    identity.complain("\"" + name + "\" is neither a mapped field nor a key column",
                      "name the field by which the API finds a row, or the key column");
  }
}

void check_requirements(const json_value& root, const connection_config& connection,
                        const http_config& http) {
  if (maps_every_column(connection)) return;
  std::vector<std::vector<std::string>> fields;
  for (const auto& field : connection.mapping) fields.push_back(field.path);
  if (const auto lacking = unmet(http, fields))
    root.member("mapping").complain(lacking->problem, lacking->hint);
}

void check_create(const json_value& root, const connection_config& connection,
                  const odbc_config& table) {
  if (table.create && connection.mode == sync_mode::update)
    root.member("destination")
        .member("create")
        .complain("\"update\" adds no rows, and a table that is created has none",
                  "remove it, or use another mode");
}

}  // namespace

std::optional<unmet_requirement> unmet(const http_config& config,
                                       const std::vector<std::vector<std::string>>& fields) {
  for (const auto& each : config.required) {
    const bool met = std::ranges::any_of(each.any_of, [&](const auto& path) {
      return std::ranges::find(fields, path) != fields.end();
    });
    if (met) continue;
    std::string names;
    for (const auto& path : each.any_of)
      names += (names.empty() ? "" : ", ") + ("\"" + field_path_text(path) + "\"");
    return unmet_requirement{
        (each.any_of.size() == 1 ? "has no field " : "has none of the fields ") + names, each.why};
  }
  return std::nullopt;
}

bool copies(const mapped_field& field, const std::string& column) {
  const auto* const value = std::get_if<column_value>(&field.value);
  return value != nullptr && value->column == column && value->as == column_value::cast::none;
}

void check_destination(const json_value& root, const connection_config& connection) {
  if (const auto* const http = std::get_if<http_config>(&connection.destination.kind)) {
    check_requests(root, connection, *http);
    check_identity(root, connection, *http);
    check_requirements(root, connection, *http);
  }
  const auto* const table = std::get_if<odbc_config>(&connection.destination.kind);
  if (table == nullptr) return;
  check_create(root, connection, *table);
  const auto mapping = root.member("mapping");
  const bool given = mapping.present() && mapping.raw().is_object() && !mapping.raw().empty();
  if (!given) return;
  check_flat(mapping);
  check_complete(mapping);
  // Events are only added: no row has to be found.
  if (connection.mode != sync_mode::append)
    check_key_is_copied(mapping, root.member("source").member("key"), connection);
}

}  // namespace sluice::config
