// The five fields of cron. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/schedule/time_zone.hpp"

namespace sluice::schedule {

/// When a line of a crontab is due, with the rules of Debian's cron 3.0pl1.
///
/// Days, crontab(5): "The day of a command's execution can be specified by two fields — day of
/// month, and day of week. If both fields are restricted (ie, aren't *), the command will be run
/// when either field matches the current time". As in its program a field that begins with `*`
/// (`*/2`) is not restricted in this sense: then both must match.
///
/// Changes of the clock, cron(8): "If the time has moved forwards, those jobs which would have run
/// in the time that was skipped will be run soon after the change. Conversely, if the time has
/// moved backwards by less than 3 hours, those jobs that fall into the repeated time will not be
/// re-run. Only jobs that run at a particular time (not specified as @hourly, nor with '*' in the
/// hour or minute specifier) are affected. Jobs which are specified with wildcards are run based on
/// the new time immediately." Jobs that are skipped are one run here, however many they are.
struct cron {
  /// A set of numbers: bit n is set if n is in it.
  using numbers = std::uint64_t;

  numbers minutes = 0;
  numbers hours = 0;
  numbers days = 0;            ///< of the month, from 1
  numbers months = 0;          ///< from 1
  numbers weekdays = 0;        ///< 0 is Sunday
  bool either_day = false;     ///< `days` or `weekdays` must match, else both
  bool follows_clock = false;  ///< a wildcard in minute or hour
  std::string text;            ///< as written in the configuration
  time_zone zone;              ///< whose local time the fields are

  bool operator==(const cron&) const = default;
};

/// Why a text is no cron schedule. Quotes parts of it.
struct cron_problem {
  std::string message;  ///< `the hour "25" is out of range 0 to 23`
  std::string hint;     ///< a correct form; may be empty
};

/// Reads five fields, or a word like `@hourly`. Refuses schedules that would never be due.
std::variant<cron, cron_problem> parse_cron(std::string_view text, const time_zone& zone = {});

/// The first time later than `t` at which a run is due; nothing if that is after year 9999.
std::optional<timestamp> next_due(const cron& schedule, timestamp t);

}  // namespace sluice::schedule
