// The command line with doubles for the two commands that are no shims: they print what they got.
#include <iostream>

#include "messages/error.hpp"
#include "runtime/cli/command_line.hpp"

int main(int argc, char** argv) {
  using namespace sluice;
  return cli::main(argc, argv,
                   {.node =
                        [](const node::node_options& o) {
                          std::cout << "node " << o.config.string() << std::endl;
                          if (o.config == "locked.json")
                            throw failure(errc::state_locked, "lock state directory", "state",
                                          "process 7 holds it", "stop it first");
                          return 0;
                        },
                    .check =
                        [](const node::check_options& o) {
                          std::cout << "check " << o.config.string();
                          for (const auto& c : o.connections) std::cout << " " << c;
                          std::cout << (o.show ? " show" : "") << (o.json ? " json" : "")
                                    << std::endl;
                          return 1;
                        }});
}
