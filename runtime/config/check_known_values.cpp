// Values of mappings that other connections remember: which connection, whether it remembers such
// a value, and what finds its ledger.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/config/field_path.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

/// The names of the values that `connection` remembers.
std::vector<std::string_view> remembered_by(const connection_config& connection) {
  std::vector<std::string_view> names;
  if (const auto* const http = std::get_if<http_config>(&connection.destination.kind))
    for (const auto& request : http->requests)
      for (const auto& value : request.remember) names.emplace_back(value.name);
  return names;
}

/// Checks one such field of `connection`, and complains at the members of its value.
class known_field {
 public:
  known_field(const connection_config& connection, const mapped_field& field,
              std::vector<problem>& problems)
      : connection_(connection),
        field_(field),
        value_(std::get<known_value>(field.value)),
        problems_(problems) {}

  /// Whether a pass over this connection notices that the value has changed.
  bool is_noticed() const {
    if (!connection_.source.by_digest) return true;
    complain("known",
             "is not seen by \"change_detection\": \"digest\", for which only the database looks "
             "at rows",
             "write \"change_detection\": \"snapshot\"");
    return false;
  }

  /// The connection whose value it is; null, with a complaint, if there is none.
  const connection_config* owner(const std::map<connection_name, connection_config>& connections,
                                 const std::map<connection_name, node_name>& elsewhere) const {
    if (value_.of == connection_.name) {
      complain(
          "of", "names the connection itself",
          fmt::format("write {{{{known.{}}}}} in the requests of its destination", value_.name));
      return nullptr;
    }
    if (const auto found = connections.find(value_.of); found != connections.end())
      return &found->second;
    if (const auto other = elsewhere.find(value_.of); other != elsewhere.end()) {
      complain("of",
               fmt::format("\"{}\" runs on node \"{}\"", value_.of.text(), other->second.text()),
               "what a connection remembers is known to its own node only");
      return nullptr;
    }
    std::vector<std::string_view> known;
    for (const auto& [name, other] : connections) known.push_back(name);
    complain("of", "no connection has this name", suggestion(value_.of, known));
    return nullptr;
  }

  /// Whether `owner` has such values, of rows that the columns can name.
  bool fits(const connection_config& owner) const {
    const auto names = remembered_by(owner);
    if (std::ranges::find(names, value_.name) == names.end()) {
      complain("known", fmt::format("\"{}\" remembers no such value", owner.name.text()),
               names.empty() ? "let one of its requests \"remember\" it"
                             : suggestion(value_.name, names));
      return false;
    }
    const auto& key = owner.source.key;
    if (value_.by.size() == key.size()) return true;
    std::string columns;
    for (const auto& column : key) columns += (columns.empty() ? "" : ", ") + column;
    complain("by",
             fmt::format("has {} columns, and the key of \"{}\" has {}", value_.by.size(),
                         owner.name.text(), key.size()),
             "name a column for each of " + columns + ", in this order");
    return false;
  }

 private:
  void complain(const char* member, std::string what, std::string hint) const {
    nlohmann::json_pointer<std::string> place;
    for (const auto& part :
         {std::string("mapping"), field_path_text(field_.path), std::string(member)})
      place /= part;
    problems_.push_back({connection_.file, place.to_string(), std::move(what), std::move(hint)});
  }

  const connection_config& connection_;
  const mapped_field& field_;
  const known_value& value_;
  std::vector<problem>& problems_;
};

}  // namespace

void find_known_values(node_config& node, const std::vector<std::filesystem::path>& unread,
                       std::vector<problem>& problems) {
  for (auto& [name, connection] : node.connections) {
    for (const auto& field : connection.mapping) {
      const auto* const value = std::get_if<known_value>(&field.value);
      if (value == nullptr || value->of.empty() || is_unread(value->of, unread)) continue;
      const known_field known(connection, field, problems);
      if (!known.is_noticed()) continue;
      const auto* const owner = known.owner(node.connections, node.elsewhere);
      if (owner == nullptr || !known.fits(*owner)) continue;
      connection.known_of.insert_or_assign(owner->name,
                                           ledger_owner{owner->source, owner->destination});
    }
  }
}

}  // namespace sluice::config
