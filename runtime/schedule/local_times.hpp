// From times on a wall clock to points in time, across changes of that clock. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "runtime/schedule/time_zone.hpp"

namespace sluice::schedule {

/// Changes of the clock beyond this are corrections, not daylight saving, as for Debian's cron:
/// cron(8), "Clock changes of more than 3 hours are considered to be corrections to the clock, and
/// the new time is used immediately".
inline constexpr std::chrono::hours longest_saving{3};

/// The first moment later than `t` at which the local `times` are due in `zone`; nothing if there
/// is none before year 10000. `times` has
///
///   optional<local_timestamp> first_from(local_timestamp) const;
///     the first of its times that is not before this one;
///   bool follows(seconds) const;
///     whether it goes by what the clock shows, however the clock is changed by that much.
///
/// Times that follow the clock are not due where they are skipped and due twice where they are
/// repeated. For all other times: skipped ones are due at the change, once however many they are,
/// and repeated ones are due the first time only. A change longer than `longest_saving` is followed
/// by all times.
///
/// Looks at two periods a year in most zones; each takes one search of `times` and two of the zone.
template <class Times>
std::optional<timestamp> next_instant(const Times& times, const time_zone& zone, timestamp t) {
  using std::chrono::milliseconds;
  if (t >= last_time) return std::nullopt;
  auto from = std::max(t + milliseconds{1}, first_time);
  for (;;) {
    const auto period = zone.period_at(from);
    auto local = period.local(from);
    if (period.begin > first_time) {
      const auto before = zone.period_at(period.begin - milliseconds{1});
      const auto change = std::chrono::abs(period.offset - before.offset);
      if (change <= longest_saving && !times.follows(change)) {
        const auto unchanged = before.local(period.begin);
        if (period.offset < before.offset) {
          local = std::max(local, unchanged);
        } else if (from == period.begin) {
          const auto skipped = times.first_from(unchanged);
          if (skipped && *skipped < local) return period.begin;
        }
      }
    }
    const auto due = times.first_from(local);
    if (!due) return std::nullopt;
    if (const auto instant = period.instant(*due); instant < period.end) return instant;
    if (period.end > last_time) return std::nullopt;
    from = period.end;
  }
}

}  // namespace sluice::schedule
