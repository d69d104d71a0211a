// Peers of different versions do not talk: nothing in the protocol outlives a version.
#pragma once

#include <optional>
#include <string>

#include "messages/error.hpp"

namespace sluice::net {

/// The version of this program, as `hello` tells it.
const std::string& own_version();

/// Nothing if a client of version `client` may talk to a node of version `node`; otherwise the
/// error (unreachable) that both sides give for it. `where` names the node for people.
std::optional<error> version_mismatch(const std::string& node, const std::string& client,
                                      const std::string& where);

}  // namespace sluice::net
