#include <cstdio>
#include <cstdlib>

#include "runtime/cli/command_line.hpp"
#include "runtime/node/check.hpp"
#include "runtime/node/node.hpp"
#include "runtime/odbc/background.hpp"

int main(int argc, char** argv) {
  const int code = sluice::cli::main(
      argc, argv, {.node = sluice::node::run_node, .check = sluice::node::run_check});
  if (!sluice::odbc::finish_background()) {
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
