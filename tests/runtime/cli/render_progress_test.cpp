#include "runtime/cli/render_progress.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"
#include "runtime/cli/text.hpp"
#include "tests/support/nine.hpp"

using namespace sluice;
using namespace sluice::cli;
using namespace std::chrono_literals;
using test::nine;

namespace {

run_record run_under_way() {
  run_record r;
  r.run = "01JD";
  r.connection = "customers";
  r.started_at = nine;
  r.counters = {.read = 45'120, .inserts = 45'000, .delivered = 44'812, .rejected = 2};
  return r;
}

}  // namespace

TEST_CASE("the live line tells everything where there is room") {
  CHECK(live_line(run_under_way(), nine + 4s, 200) ==
        "customers  running  0:04  read 45,120  11,280 rows/s  deltas 45,000  delivered 44,812  "
        "rejected 2");
}

TEST_CASE("the live line never exceeds the terminal and keeps what matters most") {
  auto r = run_under_way();
  r.counters.rejected = 0;
  for (std::size_t width = 1; width <= 120; ++width) {
    const auto line = live_line(r, nine + 4s, width);
    CHECK(display_width(line) <= width);
    CHECK_FALSE(contains(line, "\n"));
  }
  const auto narrow = live_line(r, nine + 4s, 60);
  CHECK(contains(narrow, "running"));
  CHECK(contains(narrow, "delivered 44,812"));
  CHECK_FALSE(contains(narrow, "rejected"));  // there are none
  CHECK(contains(live_line(run_under_way(), nine + 4s, 60), "rejected 2"));
  CHECK(live_line(r, nine, 7) == "running");
}

TEST_CASE("a draining run shows what is in flight and its rate stands still") {
  auto r = run_under_way();
  r.state = run_state::draining;
  r.reading_halted_at = nine + 4s;
  const auto line = progress_line(r, nine + 60s);
  CHECK(contains(line, "in flight 186"));
  CHECK(contains(line, "11,280 rows/s"));
  CHECK(contains(line, "1:00"));
}

TEST_CASE("a postponed run shows that it waits") {
  auto r = run_under_way();
  r.state = run_state::postponed;
  CHECK(progress_line(r, nine + 5s) ==
        "customers  postponed  0:05  waits for the present run to end");
}

TEST_CASE("time alone is no change") {
  const auto before = run_under_way();
  auto after = before;
  CHECK_FALSE(shows_change(before, after));
  after.counters.delivered += 1;
  CHECK(shows_change(before, after));
  after = before;
  after.state = run_state::draining;
  CHECK(shows_change(before, after));
}
