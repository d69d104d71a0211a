// What the clocks on the wall of a place showed, minute by minute, as the C library knows it: an
// oracle that shares no code with the time zones under test.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "messages/timestamp.hpp"

namespace sluice::test {

struct wall_minute {
  std::int64_t local;  ///< minutes of local time since 1970-01-01T00:00 local
  std::uint8_t minute, hour, day, month, weekday;
};

/// Every minute of some years in one zone.
struct wall_clock {
  std::string zone;
  timestamp begin;
  std::vector<wall_minute> minutes;

  [[nodiscard]] timestamp at(std::size_t i) const { return begin + std::chrono::minutes(i); }
};

/// The years from `first` to `last`, both included; UTC years.
wall_clock read_wall_clock(const std::string& zone, int first, int last);

/// Years with daylight saving of an hour, of half an hour, in the south, in Ramadan, with none, and
/// one with a day that was left out.
const std::vector<wall_clock>& wall_clocks();

/// The times at which something is due that matches some local minutes, as cron(8) tells of
/// Debian's cron, minute by minute: it keeps the latest local minute that has been looked at.
/// `follows` says what becomes of a change of the clock by so many minutes.
std::vector<timestamp> brute_force(const wall_clock& clock,
                                   const std::function<bool(const wall_minute&)>& matches,
                                   const std::function<bool(std::int64_t)>& follows);

/// Where the times of `next` and the expected ones differ first, if they do.
std::string difference(const wall_clock& clock, const std::vector<timestamp>& expected,
                       const std::function<std::optional<timestamp>(timestamp)>& next);

/// `2026-03-29T01:00Z` for a time without seconds, longer if there are some.
std::string short_text(timestamp t);
/// The inverse, of either form. Throws on anything else.
timestamp at(const std::string& text);

}  // namespace sluice::test
