// Files with secrets that other users than the node's may read.
#pragma once

#include <vector>

#include "runtime/config/json_value.hpp"
#include "runtime/config/problem.hpp"

namespace sluice::config {

/// A warning for each file that other users may read, among the configuration file itself (if it
/// holds secrets, which are masked when shown), the files that its references name, and its TLS
/// keys. Read access of a group counts only if the file belongs to the node's user; otherwise the
/// node may need that access. `read`: the notes taken while reading `document`.
std::vector<problem> exposed_files(const reading& read, const ordered_json& document);

}  // namespace sluice::config
