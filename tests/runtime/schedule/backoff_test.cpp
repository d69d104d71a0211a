#include "runtime/schedule/backoff.hpp"

#include <doctest/doctest.h>

#include <limits>

using sluice::schedule::backoff;
using namespace std::chrono_literals;

TEST_CASE("waits double from the base to the cap") {
  const auto longest = [](std::uint32_t failures) { return backoff(500ms, 60s, failures, 1.0); };
  CHECK(longest(1) == 500ms);
  CHECK(longest(2) == 1s);
  CHECK(longest(3) == 2s);
  CHECK(longest(7) == 32s);
  CHECK(longest(8) == 60s);
  CHECK(longest(9) == 60s);
}

TEST_CASE("jitter makes a wait anything from nothing to the whole") {
  CHECK(backoff(500ms, 60s, 3, 0.0) == 0ms);
  CHECK(backoff(500ms, 60s, 3, 0.25) == 500ms);
  CHECK(backoff(500ms, 60s, 100, 0.5) == 30s);
}

TEST_CASE("a base beyond the cap is the cap") { CHECK(backoff(2min, 1min, 1, 1.0) == 1min); }

TEST_CASE("no number of failures overflows a wait") {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  CHECK(backoff(1ms, 24h, most, 1.0) == 24h);
  CHECK(backoff(24h, 24h, most, 1.0) == 24h);
}

TEST_CASE("before the first failure the wait is that after it") {
  CHECK(backoff(500ms, 60s, 0, 1.0) == 500ms);
}
