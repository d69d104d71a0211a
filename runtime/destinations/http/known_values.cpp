#include "runtime/destinations/http/known_values.hpp"

#include <algorithm>

#include "messages/row.hpp"

namespace sluice::destinations {

std::string remember(std::string_view before, const std::vector<config::taken_value>& take,
                     std::string_view found) {
  auto values = unpack(found);
  values.resize(take.size());
  const auto is_taken = [&](const value_view& name) {
    for (std::size_t i = 0; i < take.size(); ++i)
      if (take[i].name == name.bytes) return values[i].kind != value_kind::null;
    return false;
  };
  std::string out;
  const auto kept = unpack(before);
  for (std::size_t i = 0; i + 1 < kept.size(); i += 2) {
    if (is_taken(kept[i])) continue;
    append_value(out, kept[i]);
    append_value(out, kept[i + 1]);
  }
  for (std::size_t i = 0; i < take.size(); ++i) {
    if (values[i].kind == value_kind::null) continue;
    append_value(out, value_kind::text, take[i].name);
    append_value(out, values[i]);
  }
  return out;
}

known_values::known_values(const config::http_config& destination) {
  for (const auto& request : destination.requests)
    for (const auto& each : request.remember)
      if (std::ranges::find(names_, each.name) == names_.end()) names_.push_back(each.name);
}

value_source::found_value known_values::find(const delta_view& delta, std::size_t name) {
  if (const auto value = row_reader(delta.remembered).value_named(names_[name]);
      value.kind != value_kind::null)
    return {.value = value};
  if (delta.op == operation::insert) return {};
  return {.refusal = "the API has not returned \"" + names_[name] +
                     "\" for this row, and {{known." + names_[name] + "}} stands in the request"};
}

}  // namespace sluice::destinations
