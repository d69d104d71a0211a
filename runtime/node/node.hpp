// `sluice node`: a node in the foreground, from its configuration to its exit code.
#pragma once

#include <filesystem>

namespace sluice::node {

struct node_options {
  std::filesystem::path config;  ///< node.json
};

/// Runs a node until SIGTERM, SIGINT or `sluice shutdown`. Prints `ready` and its addresses on
/// standard output once it accepts messages; everything else goes to the log. Returns the exit code
/// of the process; throws `failure` for what keeps it from starting.
int run_node(const node_options& options);

}  // namespace sluice::node
