// Files with secrets that others than the node may read.
#pragma once

#include <vector>

#include "runtime/config/json_value.hpp"
#include "runtime/config/problem.hpp"

namespace sluice::config {

/// Of one configuration file, a warning for each file that others may read: those that references
/// name, the keys of TLS, and the file itself if it holds secrets, which are masked where it is
/// shown. A group that may read counts only where the file is the node's own, for else the node may
/// have no other way to it. `read`: what reading `document` told.
std::vector<problem> exposed_files(const reading& read, const ordered_json& document);

}  // namespace sluice::config
