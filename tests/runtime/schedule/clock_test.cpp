#include "runtime/schedule/clock.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("the system's clock lies between two readings of the standard one") {
  const auto before = std::chrono::system_clock::now() - std::chrono::milliseconds{1};
  const auto now = schedule::system_now();
  CHECK(now >= before);
  CHECK(now <= std::chrono::system_clock::now());
}
