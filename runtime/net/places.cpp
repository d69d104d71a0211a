#include "runtime/net/places.hpp"

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

std::optional<std::string> places::refusal(place_kind kind, const std::string& whose) const {
  const auto of_kind = taken_->find(kind);
  const auto all = of_kind == taken_->end() ? 0 : of_kind->second.all;
  if (all >= limit(kind))
    return "is one too many: " + std::to_string(all) + " " + plural(kind) + " are connected";
  if (of_kind == taken_->end()) return std::nullopt;
  const auto& owners = of_kind->second.by_owner;
  const auto own = owners.find(whose);
  if (own == owners.end() || own->second < limits_.share) return std::nullopt;
  return "is one too many: it has " + std::to_string(own->second) + " connections";
}

std::shared_ptr<void> places::take(place_kind kind, const std::string& whose) {
  auto& of_kind = (*taken_)[kind];
  ++of_kind.all;
  ++of_kind.by_owner[whose];
  return {nullptr, [all = taken_, kind, whose](void*) {
            auto& t = all->at(kind);
            --t.all;
            if (--t.by_owner.at(whose) == 0) t.by_owner.erase(whose);
          }};
}

}  // namespace sluice::net
