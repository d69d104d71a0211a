// The configuration of a node, for commands that need no node that runs.
#pragma once

#include <filesystem>

#include "runtime/config/config.hpp"

namespace sluice::cli {

/// Reads node.json without its connections. Throws `failure` (invalid_config) with all that is
/// wrong.
config::node_config node_of(const std::filesystem::path& file);

}  // namespace sluice::cli
