// The command line: from argv to an exit code.
#pragma once

#include <functional>

#include "runtime/node/check.hpp"
#include "runtime/node/node.hpp"

namespace sluice::cli {

/// The commands that are no shims. They return an exit code and may throw `failure`.
struct local_commands {
  std::function<int(const node::node_options&)> node;
  std::function<int(const node::check_options&)> check;
};

/// Reads the command line, runs what it names and returns the process's exit code. Reports every
/// error itself; throws nothing.
int main(int argc, const char* const* argv, const local_commands& local);

}  // namespace sluice::cli
