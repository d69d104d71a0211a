#include "runtime/metrics/run_totals.hpp"

#include <algorithm>

namespace sluice::metrics {
namespace {

using std::chrono::milliseconds;

constexpr std::array counters{
    &run_counters::read,         &run_counters::unchanged,    &run_counters::invalid,
    &run_counters::inserts,      &run_counters::updates,      &run_counters::deletes,
    &run_counters::delivered,    &run_counters::rejected,     &run_counters::undelivered,
    &run_counters::fetched_rows, &run_counters::fetched_bytes};

/// How long a run has drained at `now`; zero if the clock was set back.
milliseconds drained(const run_record& run, timestamp now) {
  if (!run.reading_halted_at) return milliseconds{0};
  return std::max(run.finished_at.value_or(now) - *run.reading_halted_at, milliseconds{0});
}

void add_to(run_sums& sums, const run_record& run, timestamp now) {
  for (const auto counter : counters) sums.rows.*counter += run.counters.*counter;
  sums.draining += drained(run, now);
}

void raise(run_sums& sums, const run_sums& to) {
  for (std::size_t i = 0; i < sums.runs.size(); ++i)
    sums.runs[i] = std::max(sums.runs[i], to.runs[i]);
  for (const auto counter : counters)
    sums.rows.*counter = std::max(sums.rows.*counter, to.rows.*counter);
  sums.draining = std::max(sums.draining, to.draining);
}

}  // namespace

void run_totals::add(const run_record& ended) {
  const auto* const state = std::ranges::find(ended_states, ended.state);
  if (state == ended_states.end()) return;
  ++ended_.runs[static_cast<std::size_t>(state - ended_states.begin())];
  // A skipped run moved nothing, and its id is newer than that of the run it gave way to.
  if (ended.state == run_state::skipped) return;
  add_to(ended_, ended, ended.finished_at.value_or(ended.started_at));
  newest_ = std::max(newest_, ended.run);
  if (ended.state == run_state::succeeded) last_success_ = ended.finished_at;
}

const run_sums& run_totals::at(const std::optional<run_record>& present, timestamp now) {
  auto sums = ended_;
  if (present && !has_ended(present->state) && present->run > newest_) add_to(sums, *present, now);
  // Between two answers a run may be over without its end having been reported yet.
  raise(shown_, sums);
  return shown_;
}

}  // namespace sluice::metrics
