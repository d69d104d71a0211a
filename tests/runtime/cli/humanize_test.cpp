#include "runtime/cli/humanize.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::cli;
using namespace std::chrono_literals;

TEST_CASE("counts are grouped by thousands") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1'000) == "1,000");
  CHECK(count_text(123'456) == "123,456");
  CHECK(count_text(18'446'744'073'709'551'615ULL) == "18,446,744,073,709,551,615");
  CHECK(count_text(1, "row") == "1 row");
  CHECK(count_text(2'000, "row") == "2,000 rows");
}

TEST_CASE("durations use the units that fit and never round up to the next") {
  CHECK(duration_text(0ms) == "0 ms");
  CHECK(duration_text(999ms) == "999 ms");
  CHECK(duration_text(12'345ms) == "12.3 s");
  CHECK(duration_text(59'999ms) == "59.9 s");
  CHECK(duration_text(185s) == "3 min 05 s");
  CHECK(duration_text(2h + 5min + 59s) == "2 h 05 min");
  CHECK(duration_text(76h) == "3 d 4 h");
  CHECK(duration_text(-5s) == "0 ms");
}

TEST_CASE("bytes use the unit that fits and never round up to the next") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(999) == "999 B");
  CHECK(bytes_text(1'000) == "1.0 kB");
  CHECK(bytes_text(9'999) == "9.9 kB");
  CHECK(bytes_text(34'999'999) == "34 MB");
  CHECK(bytes_text(18'446'744'073'709'551'615ULL) == "18 EB");
}

TEST_CASE("a running clock keeps its width") {
  CHECK(clock_text(0ms) == "0:00");
  CHECK(clock_text(61s) == "1:01");
  CHECK(clock_text(3'599s) == "59:59");
  CHECK(clock_text(1h + 2min + 3s) == "1:02:03");
  CHECK(clock_text(-1s) == "0:00");
}

TEST_CASE("a time is told as seen from now") {
  const timestamp now{1'769'850'000'000ms};
  CHECK(time_text(now) == "2026-01-31 09:00:00Z");
  CHECK(relative_text(now, now) == "just now");
  CHECK(relative_text(now - 12s, now) == "12 s ago");
  CHECK(relative_text(now - 90min, now) == "1 h ago");
  CHECK(relative_text(now - 50h, now) == "2 d ago");
  CHECK(relative_text(now + 15min, now) == "in 15 min");
}

TEST_CASE("a rate needs time to have passed") {
  CHECK(rate_text(100'000, 12'300ms) == "8,130 rows/s");
  CHECK(rate_text(5, 0ms) == "-");
  CHECK(rate_text(5, -1ms) == "-");
}
