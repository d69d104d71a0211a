// When runs are due, also when the clock jumps. Pure: the caller gives the time.
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
/// It rests on `handled`: every time up to it is taken care of. `handled` must be stored as durably
/// as the runs. One thread.
class timetable {
 public:
  /// Timers do not notice that the clock jumps, so callers ask again after this time.
  static constexpr std::chrono::milliseconds longest_wait = std::chrono::minutes{1};

  /// `handled`: the last stored `handled()` of this plan; nothing for a new connection, and after a
  /// change of the plan, since the old plan's times would make the new plan late at once.
  timetable(plan schedule, std::optional<timestamp> handled, timestamp now);

  [[nodiscard]] const plan& schedule() const { return plan_; }

  /// When the next run is due, in the past if it has not been taken; nothing if none ever is.
  [[nodiscard]] std::optional<timestamp> next() const { return next_; }

  struct answer {
    /// A run is due, and has been since then: the first one that was missed. From now on it counts
    /// as handled, with all that were due since.
    std::optional<timestamp> due;
    /// How far the clock was set back, if the schedule goes on from the new time: worth a warning,
    /// reported once. Else zero.
    std::chrono::milliseconds set_back{0};
  };
  /// Takes the run that is due at `now`. Whenever `due` or `set_back` is set, `handled()` must be
  /// stored again, `due` before its run begins or together with its record: a run that is not
  /// recorded as handled is due again after a restart.
  [[nodiscard]] answer take(timestamp now);

  /// How long to wait before asking again, at most `longest_wait`; nothing if no run will ever be
  /// due.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait(timestamp now) const;

  /// The time to store: after construction if none was stored, so that runs missed before the first
  /// one are made up for, and after each `take` that says so. Nothing for plans that do not go by
  /// the clock.
  [[nodiscard]] std::optional<timestamp> handled() const { return handled_; }

 private:
  void go_on_from(timestamp handled);
  /// Notices a clock that was set back by more than `longest_saving`.
  void check_clock(timestamp now);

  plan plan_;
  std::optional<timestamp> handled_;       ///< nothing: the plan does not go by the clock
  std::optional<timestamp> next_;          ///< the first time later than `handled_`
  std::chrono::milliseconds set_back_{0};  ///< not reported yet
};

}  // namespace sluice::schedule
