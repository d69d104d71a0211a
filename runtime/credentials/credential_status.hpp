// What the files of a node tell of its credentials.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "messages/credential.hpp"
#include "messages/names.hpp"
#include "runtime/config/credential_config.hpp"

namespace sluice::credentials {

/// Leaves the note beside the refresh tokens, where other processes find it. It is for people, so
/// nothing is thrown and nothing waits for the disk.
void write_note(const std::filesystem::path& folder, const std::string& credential,
                const refresh_note& note) noexcept;

/// All of `configured`, sorted by name. Reads the files that the node leaves in `folder`, whether
/// it runs or not; what is wrong with them is the problem of their credential.
std::vector<credential_status> list_credentials(
    const std::map<std::string, config::credential_config>& configured, const node_name& node,
    const std::filesystem::path& folder);

/// A hint for credentials that a person has to authorise.
std::string authorize_hint(const std::string& credential);

}  // namespace sluice::credentials
