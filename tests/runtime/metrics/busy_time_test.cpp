#include <doctest/doctest.h>

#include "runtime/metrics/busy_time.hpp"

using namespace std::chrono_literals;
using sluice::metrics::busy_time;

TEST_CASE("an interval counts while it lasts, and no longer") {
  const busy_time::clock::time_point t{1h};
  busy_time busy;
  CHECK(busy.total(t) == 0s);
  busy.begin(t);
  CHECK(busy.total(t) == 0s);
  CHECK(busy.total(t + 3s) == 3s);
  busy.end(t, t + 5s);
  CHECK(busy.total(t + 5s) == 5s);
  CHECK(busy.total(t + 1h) == 5s);
}

TEST_CASE("intervals of several threads at once add up") {
  const busy_time::clock::time_point t{1h};
  busy_time busy;
  busy.begin(t);
  busy.begin(t + 2s);
  CHECK(busy.total(t + 3s) == 4s);
  busy.end(t, t + 4s);
  CHECK(busy.total(t + 5s) == 7s);
  busy.end(t + 2s, t + 6s);
  CHECK(busy.total(t + 9s) == 8s);
}

TEST_CASE("an interval begins and ends with the object") {
  busy_time busy;
  {
    const busy_time::interval interval(busy);
    const auto before = busy.total();
    while (busy.total() == before) {
    }
  }
  const auto total = busy.total();
  CHECK(total > 0s);
  CHECK(busy.total() == total);
}
