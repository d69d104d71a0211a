// Counts over the runs of a connection, as counters that only grow. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "messages/run.hpp"

namespace sluice::metrics {

/// The states in which a run ends, in the order of their counts.
inline constexpr std::array ended_states{run_state::succeeded, run_state::stopped,
                                         run_state::failed, run_state::interrupted,
                                         run_state::skipped};

/// Sums over runs.
struct run_sums {
  std::array<std::uint64_t, ended_states.size()> runs{};  ///< by final state
  run_counters rows;
  /// From the end of reading to the end of the run: the time to deliver what was in flight, to
  /// settle the ledger and to record the end.
  std::chrono::milliseconds draining{0};

  bool operator==(const run_sums&) const = default;
};

/// Sums over the runs of one connection since the process began. Not thread safe.
class run_totals {
 public:
  /// Adds a run that ended or was skipped. To be called once for each.
  void add(const run_record& ended);
  /// The sums, with the present run as it is `now` if that is not over. In whatever order ends and
  /// questions come, no run is counted twice, and no sum is less than at the last call.
  const run_sums& at(const std::optional<run_record>& present, timestamp now);
  /// The end of the last run that succeeded.
  [[nodiscard]] const std::optional<timestamp>& last_success() const { return last_success_; }

 private:
  run_sums ended_;
  run_sums shown_;  ///< the sums of the last call of `at`
  run_id newest_;   ///< the newest run in `ended_`; ids ascend
  std::optional<timestamp> last_success_;
};

}  // namespace sluice::metrics
