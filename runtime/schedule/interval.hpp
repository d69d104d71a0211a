// "every 15 minutes", on the clock. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/schedule/time_zone.hpp"

namespace sluice::schedule {

inline constexpr std::chrono::milliseconds shortest_interval = std::chrono::seconds{1};
inline constexpr std::chrono::milliseconds longest_interval = std::chrono::days{366};

/// A run every `interval`, measured on the clock: however long runs take and whenever the node is
/// started, the times are the same.
///
/// Without `starting_at`: at every multiple of the interval since 1970-01-01T00:00Z.
///
/// With `starting_at`, in the local time of `zone`:
///   - up to a day: each day at that time and then in steps of the interval, until it is that time
///     again. An interval that does not divide a day has a shorter step at the end: 7h from 06:00
///     is 06:00, 13:00, 20:00, 03:00, 06:00.
///   - beyond a day: in steps of the interval since 1970-01-01 at that time, a day being as long as
///     the calendar says: 48h is every other day at that time, 7d every Thursday, 36h alternates
///     between that time and twelve hours later.
///
/// When the clock is changed for daylight saving, intervals no longer than the change follow the
/// clock: if they divide the change, as 15m does, they are due as often as ever. For longer
/// intervals a skipped time is due right after the change, and a repeated time is due the first
/// time only. Every interval follows changes of more than 3 hours, such as those of the calendar's
/// date.
struct every {
  /// `shortest_interval` to `longest_interval`.
  std::chrono::milliseconds interval{};
  std::optional<std::chrono::seconds> starting_at;  ///< since midnight; below 24 h
  time_zone zone;                                   ///< of `starting_at`

  bool operator==(const every&) const = default;
};

/// The first time later than `t` at which a run is due; nothing if that is after year 9999.
std::optional<timestamp> next_due(const every& schedule, timestamp t);

/// `06:00` or `06:00:30` as the time since midnight; nothing for any other text.
std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text);

}  // namespace sluice::schedule
