#include "runtime/net/party.hpp"

#include <array>
#include <utility>

namespace sluice::net {
namespace {

constexpr std::array<std::pair<party_kind, std::string_view>, 3> prefixes{{
    {party_kind::node, "node:"},
    {party_kind::op, "operator:"},
    {party_kind::observer, "observer:"},
}};

}  // namespace

std::string party::text() const {
  for (const auto& [k, prefix] : prefixes)
    if (k == kind) return std::string(prefix) + name;
  return name;
}

std::optional<party> parse_party(std::string_view subject) {
  for (const auto& [kind, prefix] : prefixes)
    if (subject.starts_with(prefix) && subject.size() > prefix.size())
      return party{kind, std::string(subject.substr(prefix.size()))};
  return std::nullopt;
}

}  // namespace sluice::net
