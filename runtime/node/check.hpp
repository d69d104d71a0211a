// `sluice check`: tests whether the configuration is right and its sources and destinations can be
// reached, or shows the configuration with all defaults.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "messages/names.hpp"

namespace sluice::node {

struct check_options {
  std::filesystem::path config;              ///< node.json
  std::vector<connection_name> connections;  ///< to test or show; empty: all
  bool show = false;                         ///< prints the configuration instead of testing it
  bool json = false;  ///< one JSON document on standard output instead of text
};

/// Reports every problem of the configuration; without problems, tests the connections' sources and
/// destinations, or shows the effective configuration. Needs no running node. Returns the exit code
/// of the process: 0 if all is well, 1 if a test failed, 2 if the configuration is invalid; throws
/// `failure` (unknown_connection) for a name that is not configured.
int run_check(const check_options& options);

}  // namespace sluice::node
