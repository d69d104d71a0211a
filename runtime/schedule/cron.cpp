// When a cron is due; cron_parser.cpp reads its text.
#include "runtime/schedule/cron.hpp"

#include <bit>

#include "messages/expect.hpp"
#include "runtime/schedule/cron_days.hpp"
#include "runtime/schedule/local_times.hpp"

namespace sluice::schedule {
namespace {

bool has(cron::numbers set, unsigned n) { return (set >> n & 1) != 0; }

/// The smallest number of the set that is not below `n`; 64 if there is none. REQUIRES: n < 64.
int smallest_from(cron::numbers set, int n) {
  expect(n >= 0 && n < 64, "look for the next time", "a number below 64");
  return std::countr_zero(set >> n << n);
}

bool is_day(const cron& schedule, std::chrono::local_days day, unsigned of_month) {
  const bool month_day = has(schedule.days, of_month);
  const bool weekday = has(schedule.weekdays, std::chrono::weekday{day}.c_encoding());
  return schedule.either_day ? month_day || weekday : month_day && weekday;
}

/// The first of the schedule's minutes of a day that is not before `from`.
std::optional<std::chrono::minutes> first_minute(const cron& schedule, std::chrono::minutes from) {
  const auto hour = std::chrono::floor<std::chrono::hours>(from);
  const auto of = [](int h, int m) { return std::chrono::hours{h} + std::chrono::minutes{m}; };
  const auto h = static_cast<int>(hour.count());
  if (has(schedule.hours, static_cast<unsigned>(h))) {
    const auto m = smallest_from(schedule.minutes, static_cast<int>((from - hour).count()));
    if (m < 60) return of(h, m);
  }
  const auto next = smallest_from(schedule.hours, h + 1);
  if (next >= 24) return std::nullopt;
  return of(next, smallest_from(schedule.minutes, 0));
}

/// The schedule's local times.
struct cron_times {
  const cron& schedule;

  [[nodiscard]] std::optional<local_timestamp> first_from(local_timestamp t) const {
    using std::chrono::days;
    const auto minute = std::chrono::ceil<std::chrono::minutes>(t);
    const auto today = std::chrono::floor<days>(minute);
    auto day = first_day(schedule, today);
    if (day && *day == today) {
      if (const auto due = first_minute(schedule, minute - today)) return today + *due;
      day = first_day(schedule, today + days{1});
    }
    if (!day) return std::nullopt;
    return *day + *first_minute(schedule, std::chrono::minutes{0});
  }

  [[nodiscard]] bool follows(std::chrono::seconds) const { return schedule.follows_clock; }
};

}  // namespace

std::optional<std::chrono::local_days> first_day(const cron& schedule,
                                                 std::chrono::local_days from) {
  using namespace std::chrono;
  const year_month_day first{from};
  auto month = first.year() / first.month();
  auto day = first.day();
  // Dates fall on the same days of the week again after 400 years.
  for (const auto end = month + years{400}; month <= end; month += months{1}, day = 1d) {
    if (!has(schedule.months, static_cast<unsigned>(month.month()))) continue;
    const auto last = (month / std::chrono::last).day();
    for (; day <= last; ++day) {
      const local_days date{month / day};
      if (is_day(schedule, date, static_cast<unsigned>(day))) return date;
    }
  }
  return std::nullopt;
}

std::optional<timestamp> next_due(const cron& schedule, timestamp t) {
  return next_instant(cron_times{schedule}, schedule.zone, t);
}

}  // namespace sluice::schedule
