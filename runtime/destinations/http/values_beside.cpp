#include "runtime/destinations/http/values_beside.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"

namespace sluice::destinations {

value_source* values_beside::source(value_source::word called) const {
  const auto found = std::ranges::find(sources_, called, &value_source::called);
  return found == sources_.end() ? nullptr : *found;
}

std::size_t values_beside::position_of(const config::template_variable& variable) {
  auto* const from = source(variable.what);
  if (from == nullptr)
    throw failure(errc::invalid_config, "lay out request", to_text(variable),
                  "nothing provides such values", "remove it from the request");
  const auto& names = from->names();
  const auto found = std::ranges::find(names, variable.path.front());
  if (found == names.end()) {
    std::string known;
    for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
    throw failure(errc::invalid_config, "lay out request", to_text(variable),
                  "there is no value of this name", "there are: " + known);
  }
  const named_value wanted{from, static_cast<std::size_t>(found - names.begin())};
  const auto known = std::ranges::find(named_, wanted);
  if (known != named_.end()) return static_cast<std::size_t>(known - named_.begin());
  named_.push_back(wanted);
  values_.emplace_back();
  return named_.size() - 1;
}

bool values_beside::names(value_source::word called) const {
  return std::ranges::any_of(named_,
                             [&](const named_value& v) { return v.from->called() == called; });
}

std::optional<std::string> values_beside::read(const delta_view& delta) {
  for (std::size_t i = 0; i < named_.size(); ++i) {
    auto found = named_[i].from->find(delta, named_[i].name);
    if (!found.refusal.empty()) return std::move(found.refusal);
    values_[i] = found.value;
  }
  return std::nullopt;
}

}  // namespace sluice::destinations
