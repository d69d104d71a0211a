#include "runtime/cli/command_line.hpp"

int main(int argc, char** argv) {
  return sluice::cli::main(argc, argv,
                           {.node = sluice::node::run_node, .check = sluice::node::run_check});
}
