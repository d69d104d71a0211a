#include "runtime/destinations/http/rate_window.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "tests/support/broken_contract.hpp"

using sluice::destinations::rate_window;
using namespace std::chrono_literals;
using clock_type = rate_window::clock;

namespace {

/// Takes a place and sends at once.
std::optional<clock_type::time_point> send(rate_window& window, clock_type::time_point now) {
  auto free = window.take(now);
  if (!free) window.sent(now);
  return free;
}

}  // namespace

TEST_CASE("a window admits so many requests and then says when there is room again") {
  rate_window window(2, 1000ms);
  const auto length = 1000ms + rate_window::margin(1000ms);
  const clock_type::time_point start{};
  CHECK_FALSE(send(window, start));
  CHECK_FALSE(send(window, start + 300ms));
  CHECK(send(window, start + 400ms) == start + length);
  CHECK(send(window, start + 1000ms) == start + length);  // asking takes nothing
  CHECK_FALSE(send(window, start + length));
  CHECK(send(window, start + length) == start + 300ms + length);
}

TEST_CASE("a window is longer than what it limits, by a part of that") {
  CHECK(rate_window::margin(1ms) == 10ms);
  CHECK(rate_window::margin(1000ms) == 50ms);
  CHECK(rate_window::margin(1h) == 500ms);
}

TEST_CASE("no stretch of that length ever sees more requests") {
  rate_window window(5, 100ms);
  clock_type::time_point now{};
  std::vector<clock_type::time_point> sent;
  for (int i = 0; i < 500; ++i) {
    if (const auto free = send(window, now)) {
      now = *free;
    } else {
      sent.push_back(now);
      now += std::chrono::milliseconds(i % 7);
    }
  }
  REQUIRE(sent.size() > 100);
  for (std::size_t i = 5; i < sent.size(); ++i) CHECK(sent[i] - sent[i - 5] >= 110ms);
}

TEST_CASE("a request counts from when it is written, however long it was on its way there") {
  rate_window window(2, 100ms);
  clock_type::time_point now{};
  CHECK_FALSE(window.take(now));  // waits for a connection
  CHECK_FALSE(send(window, now));
  now += 1s;
  CHECK_FALSE(send(window, now));          // in the place of the one that was sent
  CHECK(window.take(now) == now + 110ms);  // the other may be written any time
  window.sent(now + 50ms);
  CHECK(window.take(now + 109ms) == now + 110ms);
  CHECK_FALSE(window.take(now + 110ms));
  CHECK(window.take(now + 110ms) == now + 160ms);
}

TEST_CASE("requests that find no connection use nothing up") {
  rate_window window(2, 100ms);
  const clock_type::time_point now{};
  CHECK_FALSE(window.take(now));
  CHECK_FALSE(window.take(now));
  const auto again = window.take(now);
  REQUIRE(again);
  CHECK(*again > now);
  window.dropped();
  CHECK_FALSE(window.take(now));
}

TEST_CASE("what was not used is not saved up") {
  rate_window window(3, 1000ms);
  clock_type::time_point now{};
  CHECK_FALSE(send(window, now));
  now += 1h;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(send(window, now));
  CHECK(send(window, now) == now + 1050ms);
}

TEST_CASE("a request that was not reserved is a defect, instead of room that there is not") {
  using sluice::test::broken_contract;
  const clock_type::time_point start{};
  const auto reserved = "limit rate: expected requests that were reserved, in the order of time";
  rate_window window(2, 1000ms);
  CHECK(broken_contract([&] { window.sent(start); }) == reserved);
  CHECK(broken_contract([&] { window.dropped(); }) ==
        "limit rate: expected a request that was reserved");
  REQUIRE_FALSE(send(window, start + 1ms));
  REQUIRE_FALSE(window.take(start + 1ms));
  CHECK(broken_contract([&] { window.sent(start); }) == reserved);
}
