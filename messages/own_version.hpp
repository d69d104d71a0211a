// The version of this program. Peers of different versions do not talk to each other, so the
// protocol may change with every version.
#pragma once

#include <string>

namespace sluice {

/// As `hello` carries it.
const std::string& own_version();

}  // namespace sluice
