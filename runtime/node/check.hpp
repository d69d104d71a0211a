// `sluice check`: is the configuration right, and can its sources and destinations be reached? Or
// what is it, with all that it leaves out?
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

/// Reports every problem of the configuration; where there is none, tests the connections' sources
/// and destinations, or shows the configuration as it holds. Needs no running node. Returns the
/// exit code of the process: 0 if all is well, 1 if a test failed, 2 if the configuration is
/// invalid; throws `failure` (unknown_connection) for a name it does not have.
int run_check(const check_options& options);

}  // namespace sluice::node
