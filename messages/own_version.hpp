// Peers of different versions do not talk: nothing in the protocol outlives a version.
#pragma once

#include <string>

namespace sluice {

/// The version of this program, as `hello` carries it.
const std::string& own_version();

}  // namespace sluice
