#include "runtime/schedule/backoff.hpp"

#include <doctest/doctest.h>

#include <limits>

using sluice::schedule::backoff;
using namespace std::chrono_literals;

TEST_CASE("waits double from the base to the cap") {
  const auto longest = [](std::uint32_t failures) {
    return backoff(failures, {.base = 500ms, .cap = 60s}, 1.0);
  };
  CHECK(longest(1) == 500ms);
  CHECK(longest(2) == 1s);
  CHECK(longest(3) == 2s);
  CHECK(longest(7) == 32s);
  CHECK(longest(8) == 60s);
  CHECK(longest(9) == 60s);
}

TEST_CASE("jitter makes a wait anything from nothing to the whole") {
  CHECK(backoff(3, {.base = 500ms, .cap = 60s}, 0.0) == 0ms);
  CHECK(backoff(3, {.base = 500ms, .cap = 60s}, 0.25) == 500ms);
  CHECK(backoff(100, {.base = 500ms, .cap = 60s}, 0.5) == 30s);
}

TEST_CASE("a base beyond the cap is the cap") {
  CHECK(backoff(1, {.base = 2min, .cap = 1min}, 1.0) == 1min);
}

TEST_CASE("no number of failures overflows a wait") {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  CHECK(backoff(most, {.base = 1ms, .cap = 24h}, 1.0) == 24h);
  CHECK(backoff(most, {.base = 24h, .cap = 24h}, 1.0) == 24h);
}

TEST_CASE("before the first failure the wait is that after it") {
  CHECK(backoff(0, {.base = 500ms, .cap = 60s}, 1.0) == 500ms);
}
