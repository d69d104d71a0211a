// The command line: from argv to an exit code.
#pragma once

#include <functional>

#include "runtime/node/check.hpp"
#include "runtime/node/node.hpp"

namespace sluice::cli {

/// The commands that do not talk to a node. They return an exit code and may throw `failure`.
struct local_commands {
  std::function<int(const node::node_options&)> node;
  std::function<int(const node::check_options&)> check;
};

/// Parses the command line, runs the command and returns the process's exit code. Reports every
/// error itself; throws nothing.
int main(int argc, const char* const* argv, const local_commands& local);

}  // namespace sluice::cli
