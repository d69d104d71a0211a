// What is known of the credentials of a node, without their secrets.
#pragma once

#include <optional>
#include <string>

#include "messages/error.hpp"
#include "messages/timestamp.hpp"

namespace sluice {

/// What came of asking for a token the last time.
struct refresh_note {
  std::optional<timestamp> refreshed_at = {};  ///< of the last token
  std::optional<timestamp> ends_at = {};       ///< of that token; nothing: it is not known
  error problem = {};  ///< why there is no newer one; `none` after a success
  bool operator==(const refresh_note&) const = default;
};

/// A credential of a node: what `sluice credentials` prints.
struct credential_status {
  std::string credential = {};  ///< its name
  std::string kind = {};        ///< `oauth2`, `bearer`, …
  /// When its refresh token was stored; nothing where there is none.
  std::optional<timestamp> kept_since = {};
  refresh_note last = {};
  bool operator==(const credential_status&) const = default;
};

}  // namespace sluice
