// The member of the deployment that a certificate stands for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

/// What a party may do.
enum class party_kind : std::uint8_t {
  node,      ///< be a node of the deployment: everything
  op,        ///< an operator: send commands
  observer,  ///< ask, and change nothing
};

/// A member of the deployment, as the subject of its certificate names it: `node:a`,
/// `operator:ci`, `observer:grafana`.
struct party {
  party_kind kind = party_kind::observer;
  std::string name;

  bool operator==(const party&) const = default;
  /// The subject's common name.
  [[nodiscard]] std::string text() const;
};

/// Nothing if `subject` names no party.
std::optional<party> parse_party(std::string_view subject);

}  // namespace sluice::net
