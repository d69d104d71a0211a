// What is due now, whatever the clock does. Pure: the time is given.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/schedule/schedule.hpp"

namespace sluice::schedule {

/// Turns a plan and a clock that may jump into runs:
///
///   - What was missed is one run, however much it was: after downtime, a clock set forward, a
///     caller that was busy. After it the next run is in the future.
///   - No time is due twice. A clock set back by up to `longest_saving` (3 h, as Debian's cron has
///     it) is waited for; set back further, the schedule goes on from the new time.
///   - A connection that is new first runs at the next time of its plan.
///
/// `handled` is what this rests on: every time up to it is taken care of. It has to be as durable
/// as the runs. One thread.
class timetable {
 public:
  /// Timers do not notice that the clock jumps: who waits asks again after this time.
  static constexpr std::chrono::milliseconds longest_wait = std::chrono::minutes{1};

  /// `handled`: as `handled()` was last stored for this plan; nothing for a new connection, and
  /// after a change of the plan, which would else be late at once by the old plan's times.
  timetable(plan schedule, std::optional<timestamp> handled, timestamp now);

  [[nodiscard]] const plan& schedule() const { return plan_; }

  /// When the next run is due, in the past if it has not been taken; nothing if none ever is.
  [[nodiscard]] std::optional<timestamp> next() const { return next_; }

  struct answer {
    /// A run is due, and has been since then: the first one that was missed. From now on it counts
    /// as handled, with all that were due since.
    std::optional<timestamp> due;
    /// The schedule goes on from a clock that has been set back by this much: worth a warning, told
    /// once. Zero if not.
    std::chrono::milliseconds set_back{0};
  };
  /// What is due at `now`. Whenever `due` or `set_back` is set, `handled()` must be stored again,
  /// `due` before its run begins or together with its record: a run that is not recorded as handled
  /// is due again after a restart.
  [[nodiscard]] answer take(timestamp now);

  /// How long there is nothing to ask for, at most `longest_wait`; nothing if there never will be.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait(timestamp now) const;

  /// What to store: after construction if nothing was stored, so that runs missed before the first
  /// one are made up for, and whenever `take` says so. Nothing for plans that do not go by the
  /// clock.
  [[nodiscard]] std::optional<timestamp> handled() const { return handled_; }

 private:
  void go_on_from(timestamp handled);
  /// Notices a clock that has been set back beyond what is waited for.
  void check_clock(timestamp now);

  plan plan_;
  std::optional<timestamp> handled_;       ///< nothing: the plan does not go by the clock
  std::optional<timestamp> next_;          ///< the first time later than `handled_`
  std::chrono::milliseconds set_back_{0};  ///< not told yet
};

}  // namespace sluice::schedule
