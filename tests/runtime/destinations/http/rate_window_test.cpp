#include "runtime/destinations/http/rate_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "tests/support/broken_contract.hpp"

using sluice::destinations::rate_window;
using namespace std::chrono_literals;
using clock_type = rate_window::clock;

namespace {

constexpr clock_type::time_point window_start{};
constexpr auto never = clock_type::time_point::max();

/// Takes a place for one, which arrives at once.
std::optional<clock_type::time_point> send(rate_window& window, clock_type::time_point now) {
  auto free = window.take(1, now);
  if (!free) window.arrived(1, now);
  return free;
}

}  // namespace

TEST_CASE("a window admits so many requests and then says when there is room again") {
  rate_window window(2, 1000ms);
  CHECK_FALSE(send(window, window_start));
  CHECK_FALSE(send(window, window_start + 300ms));
  CHECK(send(window, window_start + 400ms) == window_start + 1000ms);
  CHECK(send(window, window_start + 999ms) == window_start + 1000ms);  // asking takes nothing
  CHECK_FALSE(send(window, window_start + 1000ms));
  CHECK(send(window, window_start + 1000ms) == window_start + 1300ms);
}

TEST_CASE("a request counts until one window after its arrival, however long it was on its way") {
  rate_window window(2, 100ms);
  CHECK_FALSE(window.take(1, window_start));
  CHECK_FALSE(window.take(1, window_start));
  CHECK(window.take(1, window_start + 1s) == never);  // nobody knows when they will have arrived
  window.arrived(1, window_start + 2s);
  CHECK(window.take(1, window_start + 2s) == window_start + 2100ms);
  window.arrived(1, window_start + 2050ms);
  CHECK_FALSE(window.take(1, window_start + 2100ms));
  CHECK(window.take(1, window_start + 2100ms) == window_start + 2150ms);
}

TEST_CASE("no stretch of the receiver's clock sees more, whatever the delays are") {
  std::mt19937 random(11);
  for (const std::uint64_t most : {1u, 5u, 40u}) {
    CAPTURE(most);
    rate_window window(most, 1000ms);
    struct request {
      clock_type::time_point ends;
      bool operator<(const request& other) const { return ends > other.ends; }
    };
    std::priority_queue<request> under_way;
    std::vector<clock_type::time_point> arrivals;
    auto now = window_start;
    while (arrivals.size() < 2000) {
      const auto free = window.take(1, now);
      if (!free) {
        const auto to = std::chrono::milliseconds(random() % 400);
        const auto back = std::chrono::milliseconds(random() % 400);
        arrivals.push_back(now + to);
        under_way.push({now + to + back});
        continue;
      }
      now = *free;
      if (!under_way.empty() && under_way.top().ends <= now) {
        now = under_way.top().ends;
        window.arrived(1, now);
        under_way.pop();
      }
    }
    std::ranges::sort(arrivals);
    for (std::size_t i = most; i < arrivals.size(); ++i)
      CHECK(arrivals[i] - arrivals[i - most] >= 1000ms);
    const auto took = std::chrono::duration<double>(arrivals.back() - arrivals.front()).count();
    // A window and a round trip for each full window.
    CHECK(static_cast<double>(arrivals.size()) / took > 0.5 * static_cast<double>(most));
  }
}

TEST_CASE("requests that were not sent use nothing up") {
  rate_window window(2, 100ms);
  CHECK_FALSE(window.take(1, window_start));
  CHECK_FALSE(window.take(1, window_start));
  window.dropped(1);
  CHECK_FALSE(window.take(1, window_start));
}

TEST_CASE("what was not used is not saved up") {
  rate_window window(3, 100ms);
  auto now = window_start + 10s;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(send(window, now));
  CHECK(send(window, now) == now + 100ms);
}

TEST_CASE("rows count as many as they are, and more than all of them are all of them") {
  rate_window window(100, 1s);
  CHECK_FALSE(window.take(60, window_start));
  CHECK(window.take(60, window_start) == never);
  CHECK_FALSE(window.take(40, window_start));
  window.arrived(60, window_start + 1ms);
  window.arrived(40, window_start + 500ms);
  CHECK(window.take(30, window_start + 600ms) == window_start + 1001ms);
  CHECK(window.take(70, window_start + 600ms) == window_start + 1500ms);
  CHECK(window.take(1000, window_start + 600ms) == window_start + 1500ms);
  CHECK_FALSE(window.take(1000, window_start + 1500ms));
  window.dropped(1000);
  CHECK(window.reserved() == 0);
}

TEST_CASE("a window of a quarter of a million requests is a few hundred uses") {
  rate_window window(250'000, 24h);
  auto now = window_start;
  for (int i = 0; i < 250'000; ++i) {
    REQUIRE_FALSE(send(window, now));
    now += 300ms;
  }
  CHECK(window.uses(now).size() <= rate_window::parts + 2);
  const auto free = send(window, now);
  REQUIRE(free);
  // Late by one part at most.
  CHECK(*free >= window_start + 24h);
  CHECK(*free <= window_start + 24h + std::chrono::milliseconds(24h) / rate_window::parts + 1s);
}

TEST_CASE("uses of an earlier life count as if they were its own") {
  rate_window before(10, 1h);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(send(before, window_start + i * 1min));
  rate_window after(10, 1h);
  for (const auto& each : before.uses(window_start + 10min)) after.use(each.amount, each.last);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(send(after, window_start + 10min));
  CHECK(send(after, window_start + 10min) == window_start + 1h);
}

TEST_CASE("what was not reserved cannot be given back") {
  rate_window window(1, 100ms);
  const auto expected = "limit rate: expected what was reserved";
  CHECK(sluice::test::broken_contract([&] { window.dropped(1); }) == expected);
  CHECK(sluice::test::broken_contract([&] { window.arrived(1, window_start); }) == expected);
}
