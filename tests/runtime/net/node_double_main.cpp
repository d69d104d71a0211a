// The quiet node as a program, for tests that freeze or kill one: node_double ADDRESS.
#include <csignal>
#include <iostream>

#include "tests/runtime/net/node_double.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
  try {
    const sluice::test::node_double node{sluice::net::parse_address(argv[1])};
    std::cout << "ready" << std::endl;
    int signal = 0;
    sigwait(&end, &signal);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    return 1;
  }
}
