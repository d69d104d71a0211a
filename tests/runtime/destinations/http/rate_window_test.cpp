#include "runtime/destinations/http/rate_window.hpp"

#include <doctest/doctest.h>

#include <vector>

using sluice::destinations::rate_window;
using namespace std::chrono_literals;
using clock_type = rate_window::clock;

TEST_CASE("a window admits so many requests and then says when there is room again") {
  rate_window window(2, 1000ms);
  const clock_type::time_point start{};
  CHECK_FALSE(window.take(start));
  CHECK_FALSE(window.take(start + 300ms));
  CHECK(window.take(start + 400ms) == start + 1000ms);
  CHECK(window.take(start + 999ms) == start + 1000ms);  // asking takes nothing
  CHECK_FALSE(window.take(start + 1000ms));
  CHECK(window.take(start + 1000ms) == start + 1300ms);
}

TEST_CASE("a window of one request spaces requests evenly") {
  rate_window window(1, 250ms);
  clock_type::time_point now{};
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(window.take(now));
    const auto free = window.take(now);
    REQUIRE(free);
    CHECK(*free == now + 250ms);
    now = *free;
  }
}

TEST_CASE("no stretch of that length ever sees more requests") {
  rate_window window(5, 100ms);
  clock_type::time_point now{};
  std::vector<clock_type::time_point> sent;
  for (int i = 0; i < 500; ++i) {
    if (const auto free = window.take(now)) {
      now = *free;
    } else {
      sent.push_back(now);
      now += std::chrono::milliseconds(i % 7);
    }
  }
  REQUIRE(sent.size() > 100);
  for (std::size_t i = 5; i < sent.size(); ++i) CHECK(sent[i] - sent[i - 5] >= 100ms);
}

TEST_CASE("what was not used is not saved up") {
  rate_window window(3, 1000ms);
  clock_type::time_point now{};
  CHECK_FALSE(window.take(now));
  now += 1h;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(window.take(now));
  CHECK(window.take(now) == now + 1000ms);
}
