// Each measure is a doctest case, so that a wrong result fails; `-tc=NAME` picks one.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/bench/figures.hpp"

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a bench takes minutes: each line at once
  doctest::Context context(argc, argv);
  const int result = context.run();
  if (context.shouldExit()) return result;
  const int missed = sluice::bench::print_table();
  return result != 0 ? result : missed == 0 ? 0 : 3;
}
