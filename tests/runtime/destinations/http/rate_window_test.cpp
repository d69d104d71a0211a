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

constexpr clock_type::time_point start{};
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
  CHECK_FALSE(send(window, start));
  CHECK_FALSE(send(window, start + 300ms));
  CHECK(send(window, start + 400ms) == start + 1000ms);
  CHECK(send(window, start + 999ms) == start + 1000ms);  // asking takes nothing
  CHECK_FALSE(send(window, start + 1000ms));
  CHECK(send(window, start + 1000ms) == start + 1300ms);
}

TEST_CASE("a request counts until one window after its arrival, however long it was on its way") {
  rate_window window(2, 100ms);
  CHECK_FALSE(window.take(1, start));
  CHECK_FALSE(window.take(1, start));
  CHECK(window.take(1, start + 1s) == never);  // nobody knows when they will have arrived
  window.arrived(1, start + 2s);
  CHECK(window.take(1, start + 2s) == start + 2100ms);
  window.arrived(1, start + 2050ms);
  CHECK_FALSE(window.take(1, start + 2100ms));
  CHECK(window.take(1, start + 2100ms) == start + 2150ms);
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
    auto now = start;
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
  CHECK_FALSE(window.take(1, start));
  CHECK_FALSE(window.take(1, start));
  window.dropped(1);
  CHECK_FALSE(window.take(1, start));
}

TEST_CASE("what was not used is not saved up") {
  rate_window window(3, 100ms);
  auto now = start + 10s;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(send(window, now));
  CHECK(send(window, now) == now + 100ms);
}

TEST_CASE("rows count as many as they are, and more than all of them are all of them") {
  rate_window window(100, 1s);
  CHECK_FALSE(window.take(60, start));
  CHECK(window.take(60, start) == never);
  CHECK_FALSE(window.take(40, start));
  window.arrived(60, start + 1ms);
  window.arrived(40, start + 500ms);
  CHECK(window.take(30, start + 600ms) == start + 1001ms);
  CHECK(window.take(70, start + 600ms) == start + 1500ms);
  CHECK(window.take(1000, start + 600ms) == start + 1500ms);
  CHECK_FALSE(window.take(1000, start + 1500ms));
  window.dropped(1000);
  CHECK(window.reserved() == 0);
}

TEST_CASE("a window of a quarter of a million requests is a few hundred uses") {
  rate_window window(250'000, 24h);
  auto now = start;
  for (int i = 0; i < 250'000; ++i) {
    REQUIRE_FALSE(send(window, now));
    now += 300ms;
  }
  CHECK(window.uses(now).size() <= rate_window::parts + 2);
  const auto free = send(window, now);
  REQUIRE(free);
  // Late by one part at most.
  CHECK(*free >= start + 24h);
  CHECK(*free <= start + 24h + std::chrono::milliseconds(24h) / rate_window::parts + 1s);
}

TEST_CASE("uses of an earlier life count as if they were its own") {
  rate_window before(10, 1h);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(send(before, start + i * 1min));
  rate_window after(10, 1h);
  for (const auto& each : before.uses(start + 10min)) after.use(each.amount, each.last);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(send(after, start + 10min));
  CHECK(send(after, start + 10min) == start + 1h);
}

TEST_CASE("what was not reserved cannot be given back") {
  rate_window window(1, 100ms);
  const auto expected = "limit rate: expected what was reserved";
  CHECK(sluice::test::broken_contract([&] { window.dropped(1); }) == expected);
  CHECK(sluice::test::broken_contract([&] { window.arrived(1, start); }) == expected);
}
