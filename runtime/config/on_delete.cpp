// What happens to a mirror's vanished rows: `on_delete`.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/config/destination_kind.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

void check_field(const json_value& value, const set_field& field,
                 const connection_config& connection) {
  const auto mapped = std::ranges::find(connection.mapping, field.path, &mapped_field::path);
  if (mapped == connection.mapping.end()) {
    const auto name = ordered_json(field_path_text(field.path)).dump();
    value.complain("the mapping has no such field",
                   fmt::format(R"(add it there, for example {}: {{"constant": false}}: a row that )"
                               "comes back is set back by it",
                               name));
    return;
  }
  const auto& keys = connection.source.key;
  if (std::ranges::any_of(keys, [&](const auto& column) { return copies(*mapped, column); }))
    value.complain("the field is part of the key", "a row keeps its key: set other fields");
}

}  // namespace

std::vector<set_field> read_on_delete(const json_value& on_delete) {
  if (!on_delete.present()) return {};
  if (!on_delete.raw().is_object()) {
    static_cast<void>(on_delete.as_word<bool>({{"delete", true}}));
    return {};
  }
  section instead(on_delete);
  const auto set = instead.required("set", R"(name fields and values: {"deleted": true})");
  if (!set.is_object()) return {};
  if (set.raw().empty())
    set.complain("sets no field", R"(name fields and values, for example {"deleted": true})");
  std::vector<set_field> out;
  for (const auto& [name, value] : set.members())
    // A name that is no path is reported as missing in the mapping.
    out.push_back({parse_field_path(name).value_or(std::vector{name}), read_constant(value)});
  return out;
}

void check_on_delete(const json_value& on_delete, const connection_config& connection) {
  if (!on_delete.present()) return;
  if (connection.mode != sync_mode::mirror)
    on_delete.complain(R"(only "mirror" deletes rows)", R"(set "mode" to it, or remove this)");
  if (connection.set_on_delete.empty()) return;
  const auto set = on_delete.member("set");
  if (const auto refused = no_marking(connection.destination))
    return set.complain(refused->problem, refused->hint);
  if (connection.mapping.empty()) return;  // every column: known when the model is opened
  const auto members = set.members();
  for (std::size_t i = 0; i < members.size(); ++i)
    check_field(members[i].second, connection.set_on_delete[i], connection);
}

}  // namespace sluice::config
