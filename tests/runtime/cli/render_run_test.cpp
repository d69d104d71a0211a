#include "runtime/cli/render_run.hpp"

#include <doctest/doctest.h>

#include "tests/support/nine.hpp"

using namespace sluice;
using namespace sluice::cli;
using namespace std::chrono_literals;
using test::nine;

namespace {

run_record bare_run() {
  run_record r;
  r.run = "01JD";
  r.connection = "customers";
  r.epoch = 3;
  r.started_at = nine;
  return r;
}

run_record stopped_run() {
  auto r = bare_run();
  r.state = run_state::stopped;
  r.stop_requested_at = nine + 10s;
  r.reading_halted_at = nine + 10'014ms;
  r.finished_at = nine + 12s;
  r.in_flight_at_stop = 5'000;
  r.counters = {.read = 45'000,
                .unchanged = 1'000,
                .invalid = 2,
                .inserts = 43'998,
                .updates = 0,
                .deletes = 0,
                .delivered = 43'000,
                .rejected = 1,
                .undelivered = 997};
  return r;
}

}  // namespace

TEST_CASE("the summary of a stopped run tells stop and drain and what comes next") {
  CHECK(
      summary_text(stopped_run(), nine + 1h, {}) ==
      "customers: full run 01JD stopped after 12.0 s\n"
      "  started      2026-01-31 09:00:00Z, manual, epoch 3\n"
      "  read         45,000   unchanged 1,000, invalid 2; 4,494 rows/s\n"
      "  deltas       43,998   inserts 43,998, updates 0, deletes 0\n"
      "  delivered    43,000\n"
      "  rejected          1   see `sluice rejected customers`\n"
      "  undelivered     997   not acknowledged: part of the next run\n"
      "  stop         asked at 2026-01-31 09:00:10Z, reading halted 14 ms later\n"
      "  drain        5,000 deltas in flight at the stop; 997 undelivered; drained in 2.0 s\n"
      "  next run     full, continuing this one (epoch 3): what is delivered is not sent again\n");
}

TEST_CASE("a stop with nothing in flight says so") {
  auto r = stopped_run();
  r.in_flight_at_stop = 0;
  r.counters = {};
  CHECK(summary_text(r, nine, {}).find("nothing was in flight") != std::string::npos);
}

TEST_CASE("a failed run shows its error hint and warnings on lines of their own") {
  auto r = bare_run();
  r.type = run_type::incremental;
  r.trigger = run_trigger::schedule;
  r.state = run_state::failed;
  r.finished_at = nine + 500ms;
  r.failed = {errc::source_failed, "read model", "customers", "server\nclosed", "is it up?"};
  r.warnings = {"NaN became null"};
  CHECK(summary_text(r, nine, {}) ==
        "customers: incremental run 01JD failed after 500 ms\n"
        "  started      2026-01-31 09:00:00Z, schedule, epoch 3\n"
        "  read         0   unchanged 0, invalid 0; 0 rows/s\n"
        "  deltas       0   inserts 0, updates 0, deletes 0\n"
        "  delivered    0\n"
        "  rejected     0\n"
        "  undelivered  0\n"
        "  warning      NaN became null\n"
        "  error        read model 'customers': server closed\n"
        "  hint         is it up?\n"
        "  next run     incremental, with everything this one did not deliver\n");
}

TEST_CASE("a run that goes on tells what is in flight and promises nothing") {
  auto r = bare_run();
  r.counters = {.read = 10, .inserts = 10, .delivered = 4};
  const auto text = run_text(r, nine + 65s, {});
  CHECK(text.find("full run 01JD running for 1 min 05 s") != std::string::npos);
  CHECK(text.find("6 in flight") != std::string::npos);
  CHECK(text.find("next run") == std::string::npos);
}

TEST_CASE("a draining run tells how much is left") {
  auto r = stopped_run();
  r.state = run_state::draining;
  r.finished_at.reset();
  r.counters.undelivered = 0;
  CHECK(run_text(r, nine + 11s, {})
            .find("5,000 deltas in flight at the stop, 997 left; 1.0 s so "
                  "far") != std::string::npos);
}

TEST_CASE("a draining run tells how long it takes yet where the destination sets the rate") {
  auto r = stopped_run();
  r.state = run_state::draining;
  r.finished_at.reset();
  r.drain_expected = std::chrono::seconds{80};
  const std::string expected = ", about 1 min 20 s more at the rate that the destination allows";
  CHECK(run_text(r, nine + 11s, {}).find("1.0 s so far" + expected) != std::string::npos);
  CHECK(stopping_text(r, false, {}).find("are being delivered" + expected) != std::string::npos);
  CHECK(stopping_text(r, true, {}).find(expected) == std::string::npos);
}

TEST_CASE("a postponed run shows no counters") {
  auto r = bare_run();
  r.state = run_state::postponed;
  CHECK(run_text(r, nine, {}) ==
        "customers: full run 01JD waits for the present run to end\n"
        "  started  2026-01-31 09:00:00Z, manual, epoch 3\n");
}

TEST_CASE("a success is followed by an incremental run") {
  auto r = bare_run();
  r.state = run_state::succeeded;
  r.finished_at = nine + 1s;
  CHECK_FALSE(is_continued(r));
  CHECK(summary_text(r, nine, {}).find("next run     incremental\n") != std::string::npos);
}

TEST_CASE("the answer to a stop tells what is drained or abandoned") {
  auto r = stopped_run();
  r.state = run_state::draining;
  r.finished_at.reset();
  CHECK(stopping_text(r, false, {}) ==
        "customers: full run 01JD is stopping\n"
        "  reading  halted\n"
        "  drain    5,000 deltas in flight are being delivered\n"
        "  follow   `sluice status customers`\n");
  CHECK(stopping_text(r, true, {}).find("abandoned: 5,000 deltas") != std::string::npos);
  CHECK(stopping_text(stopped_run(), false, {}) == "customers: full run 01JD stopped\n");
}

TEST_CASE("the question before a stop tells what is at stake") {
  auto r = bare_run();
  r.counters = {.read = 1'000, .inserts = 900, .delivered = 850};
  const auto text = stop_question(r, false, nine + 3s);
  CHECK(text.find("1,000 read, 850 delivered, 50 in flight") != std::string::npos);
  CHECK(text.find("what is in flight is delivered") != std::string::npos);
  CHECK(text.ends_with("[y/N] "));
  CHECK(stop_question(r, true, nine).find("abandoned") != std::string::npos);
}

TEST_CASE("more settled than sent is shown as nothing in flight") {
  auto r = bare_run();
  r.counters = {.inserts = 1, .delivered = 2};  // counts of different moments
  CHECK(in_flight(r) == 0);
}
