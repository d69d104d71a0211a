#include "runtime/metrics/run_totals.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/nine.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using metrics::run_totals;
using test::nine;

namespace {

/// A run that read `rows` new rows and delivered them; it stopped reading after 60 s and ended 5 s
/// later, if it has ended.
run_record run(run_id id, std::uint64_t rows, run_state state = run_state::succeeded) {
  run_record r;
  r.run = std::move(id);
  r.connection = "customers";
  r.state = state;
  r.started_at = nine;
  r.counters.read = r.counters.inserts = r.counters.delivered = rows;
  r.reading_halted_at = nine + 60s;
  if (has_ended(state)) r.finished_at = nine + 65s;
  return r;
}

std::uint64_t runs_of(const metrics::run_sums& sums, run_state state) {
  const auto* const at = std::ranges::find(metrics::ended_states, state);
  REQUIRE(at != metrics::ended_states.end());
  return sums.runs[static_cast<std::size_t>(at - metrics::ended_states.begin())];
}

}  // namespace

TEST_CASE("runs are counted by the state in which they ended") {
  run_totals totals;
  totals.add(run("1", 0));
  totals.add(run("2", 0, run_state::stopped));
  totals.add(run("3", 0, run_state::failed));
  totals.add(run("4", 0, run_state::interrupted));
  totals.add(run("5", 0, run_state::skipped));
  totals.add(run("6", 0, run_state::failed));
  const auto& sums = totals.at(std::nullopt, nine);
  CHECK(runs_of(sums, run_state::succeeded) == 1);
  CHECK(runs_of(sums, run_state::stopped) == 1);
  CHECK(runs_of(sums, run_state::failed) == 2);
  CHECK(runs_of(sums, run_state::interrupted) == 1);
  CHECK(runs_of(sums, run_state::skipped) == 1);
}

TEST_CASE("every state in which a run ends has a count") {
  for (int s = 0; s <= static_cast<int>(run_state::skipped); ++s) {
    const auto state = static_cast<run_state>(s);
    CHECK(has_ended(state) ==
          (std::ranges::find(metrics::ended_states, state) != metrics::ended_states.end()));
  }
}

TEST_CASE("every count of rows is summed over ended runs and the present one") {
  const auto numbered = [](run_id id, std::uint64_t n, run_state state) {
    auto r = run(std::move(id), 0, state);
    r.counters = {n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, {}, n + 9, n + 10};
    return r;
  };
  run_totals totals;
  totals.add(numbered("1", 100, run_state::succeeded));
  totals.add(numbered("2", 200, run_state::failed));
  const auto& sums = totals.at(numbered("3", 300, run_state::running), nine);
  CHECK(sums.rows == run_counters{600, 603, 606, 609, 612, 615, 618, 621, 624, {}, 627, 630});
}

TEST_CASE("a run whose end was counted is not counted again as the present one") {
  run_totals totals;
  totals.add(run("1", 10));
  totals.add(run("2", 20));
  CHECK(totals.at(run("2", 20), nine).rows.read == 30);
  // Statuses that are older than the end of the run, and even than another run after it.
  CHECK(totals.at(run("2", 15, run_state::running), nine).rows.read == 30);
  CHECK(totals.at(run("1", 5, run_state::running), nine).rows.read == 30);
}

TEST_CASE("the last run of an earlier process is not counted") {
  run_totals totals;
  CHECK(totals.at(run("1", 10), nine).rows.read == 0);
}

TEST_CASE("nothing goes back between a run's end and its report") {
  run_totals totals;
  CHECK(totals.at(run("1", 10, run_state::draining), nine + 70s).rows.read == 10);
  const auto shown = totals.at(run("1", 10), nine + 70s);
  CHECK(shown.rows.read == 10);
  CHECK(shown.draining == 10s);
  // The next one has begun already.
  CHECK(totals.at(run("2", 3, run_state::running), nine).rows.read == 10);
  totals.add(run("1", 10));
  CHECK(totals.at(run("2", 3, run_state::running), nine).rows.read == 13);
}

TEST_CASE("a skipped run does not hide the run that it gave way to") {
  run_totals totals;
  CHECK(totals.at(run("1", 10, run_state::running), nine).rows.read == 10);
  totals.add(run("2", 0, run_state::skipped));
  CHECK(totals.at(run("1", 20, run_state::running), nine).rows.read == 20);
  totals.add(run("1", 25));
  CHECK(totals.at(run("1", 25), nine).rows.read == 25);
}

TEST_CASE("draining begins with the end of reading and grows until the run ends") {
  run_totals totals;
  auto present = run("1", 10, run_state::running);
  present.reading_halted_at.reset();
  CHECK(totals.at(present, nine + 50s).draining == 0s);
  present.reading_halted_at = nine + 60s;
  CHECK(totals.at(present, nine + 62s).draining == 2s);
  totals.add(run("1", 10));
  CHECK(totals.at(std::nullopt, nine + 99s).draining == 5s);
}

TEST_CASE("a clock that is set back takes nothing from what was counted") {
  run_totals totals;
  auto turned = run("1", 10);
  turned.finished_at = nine - 24h * 365;
  totals.add(turned);
  CHECK(totals.at(std::nullopt, nine).draining == 0s);
  CHECK(totals.at(run("2", 1, run_state::draining), nine + 70s).draining == 10s);
  CHECK(totals.at(run("2", 1, run_state::draining), nine - 24h).draining == 10s);
}

TEST_CASE("the last success is the end of the last run that succeeded") {
  run_totals totals;
  CHECK_FALSE(totals.last_success());
  totals.add(run("1", 1));
  auto later = run("2", 1, run_state::failed);
  later.finished_at = nine + 2h;
  totals.add(later);
  CHECK(totals.last_success() == nine + 65s);
}
