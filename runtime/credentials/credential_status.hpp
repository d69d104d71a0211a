// What is known of the credentials of a node, without their secrets.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/config/credential_config.hpp"

namespace sluice::credentials {

/// What came of asking for a token the last time.
struct refresh_note {
  std::optional<timestamp> refreshed_at = {};  ///< of the last token
  std::optional<timestamp> ends_at = {};       ///< of that token; nothing: it is not known
  error problem = {};  ///< why there is no newer one; `none` after a success
  bool operator==(const refresh_note&) const = default;
};

/// Leaves the note beside the refresh tokens, where other processes find it. It is for people, so
/// nothing is thrown and nothing waits for the disk.
void write_note(const std::filesystem::path& folder, const std::string& credential,
                const refresh_note& note) noexcept;

/// A credential of a node: what `sluice credentials` prints.
struct credential_status {
  std::string credential;  ///< its name
  std::string kind;        ///< `oauth2`, `bearer`, …
  /// When its refresh token was stored; nothing where there is none.
  std::optional<timestamp> kept_since = {};
  refresh_note last = {};
  bool operator==(const credential_status&) const = default;
};

/// All of `configured`, sorted by name. Reads the files that the node leaves in `folder`, whether
/// it runs or not; what is wrong with them is the problem of their credential.
std::vector<credential_status> list_credentials(
    const std::map<std::string, config::credential_config>& configured, const node_name& node,
    const std::filesystem::path& folder);

nlohmann::ordered_json to_json(const credential_status& status);

/// A hint for credentials that a person has to authorise.
std::string authorize_hint(const std::string& credential);

}  // namespace sluice::credentials
