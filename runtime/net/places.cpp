#include "runtime/net/places.hpp"

#include <algorithm>

#include "messages/expect.hpp"

namespace sluice::net {
namespace {

const char* plural(place_kind kind) {
  switch (kind) {
    case place_kind::local:
      return "local clients";
    case place_kind::node:
      return "nodes";
    case place_kind::operators:
      return "operators";
    case place_kind::observers:
      return "observers";
  }
  return "clients";
}

}  // namespace

std::size_t places::limit(place_kind kind) const {
  switch (kind) {
    case place_kind::local:
      return limits_.local;
    case place_kind::node:
      return limits_.nodes;
    case place_kind::operators:
      return limits_.operators;
    case place_kind::observers:
      return limits_.observers;
  }
  return 0;
}

std::optional<std::string> places::refusal(place_kind kind) const {
  const auto of_kind = taken_->find(kind);
  const auto total = of_kind == taken_->end() ? 0 : of_kind->second.total;
  if (total < limit(kind)) return std::nullopt;
  return "is one too many: " + std::to_string(total) + " " + plural(kind) + " are connected";
}

std::optional<std::string> places::largest_crowd(place_kind kind, const std::string& whose) const {
  const auto of_kind = taken_->find(kind);
  if (of_kind == taken_->end() || of_kind->second.by_owner.empty()) return std::nullopt;
  const auto& owners = of_kind->second.by_owner;
  const auto largest =
      std::ranges::max_element(owners, {}, [](const auto& owner) { return owner.second; });
  const auto own = owners.find(whose);
  const auto after = (own == owners.end() ? 0 : own->second) + 1;
  if (largest->second <= after) return std::nullopt;
  return largest->first;
}

std::shared_ptr<void> places::take(place_kind kind, const std::string& whose) {
  expect(!refusal(kind), "take a client", "a free place");
  auto& of_kind = (*taken_)[kind];
  ++of_kind.total;
  ++of_kind.by_owner[whose];
  return {nullptr, [all = taken_, kind, whose](void*) {
            auto& t = all->at(kind);
            --t.total;
            if (--t.by_owner.at(whose) == 0) t.by_owner.erase(whose);
          }};
}

}  // namespace sluice::net
