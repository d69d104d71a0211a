// Functions on dates and times.
#include <array>

#include "runtime/schedule/time_zone.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/moment.hpp"

namespace sluice::values {
namespace {

using namespace std::chrono;
using type = parameter::type;

template <class Change>
step on_moment(Change change) {
  return [change](value_view in, workplace& place) -> std::optional<value_view> {
    const auto m = moment_of(in);
    if (!m) return place.refuse("is no date or time");
    return change(*m, place);
  };
}

std::optional<value_view> written(const moment& m, workplace& place) {
  const auto out = value_of(m, place.text);
  if (!out) return place.refuse("is outside of the years 0 to 9999");
  return out;
}

value_view integer(std::int64_t n, workplace& place) {
  place.text = std::to_string(n);
  return place.made(value_kind::integer);
}

step bind_epoch(arguments& given) {
  const bool seconds = given.word(0, {{"s", true}, {"ms", false}}, true);
  return on_moment([seconds](const moment& m, workplace& place) -> std::optional<value_view> {
    const auto s = m.time.time_since_epoch().count();
    return integer(seconds ? s : s * 1000 + m.nanoseconds / 1'000'000, place);
  });
}

schedule::time_zone zone_of(arguments& given) {
  const auto name = given.text(0);
  const auto zone = schedule::time_zone::find(name);
  if (!zone)
    given.complain("does not know the time zone '" + name + "'",
                   "a name such as 'Europe/Zurich' or 'UTC'");
  return zone.value_or(schedule::time_zone());
}

timestamp within(sys_seconds t) {
  return std::clamp<timestamp>(t, schedule::first_time, schedule::last_time);
}

step bind_zone(arguments& given) {
  return on_moment(
      [zone = zone_of(given)](moment m, workplace& place) -> std::optional<value_view> {
        if (m.what != moment::type::instant)
          return place.refuse("has no time zone; use from_zone to say which one it is of");
        m.time += zone.period_at(within(m.time)).offset;
        m.what = moment::type::local;
        return written(m, place);
      });
}

/// The first instant at which the clock shows the time; nothing if the clock skips it.
std::optional<sys_seconds> instant_of(sys_seconds local, const schedule::time_zone& zone) {
  std::optional<sys_seconds> first;
  // Every offset that can hold: those of the day around, since clocks are changed rarely.
  for (const auto& around : {local - days{1}, local, local + days{1}}) {
    const auto at = local - zone.period_at(within(around)).offset;
    if (zone.period_at(within(at)).offset == local - at && (!first || at < *first)) first = at;
  }
  return first;
}

step bind_from_zone(arguments& given) {
  return on_moment(
      [zone = zone_of(given)](moment m, workplace& place) -> std::optional<value_view> {
        if (m.what == moment::type::instant) return place.refuse("has a time zone already");
        const auto at = instant_of(m.time, zone);
        if (!at) return place.refuse("is skipped by the clocks of " + std::string(zone.name()));
        m.time = *at;
        m.what = moment::type::instant;
        return written(m, place);
      });
}

enum class part : std::uint8_t {
  year,
  quarter,
  month,
  week,
  day,
  weekday,
  yearday,
  hour,
  minute,
  second
};

/// The week of ISO 8601: that of the year's first Thursday is the first one.
std::int64_t week_of(sys_days day) {
  const auto thursday = day - (weekday{day} - Monday) + days{3};
  const year_month_day date{thursday};
  return (thursday - sys_days{date.year() / 1 / 1}).count() / 7 + 1;
}

std::int64_t part_of(const moment& m, part wanted) {
  const auto day = floor<days>(m.time);
  const year_month_day date{day};
  const hh_mm_ss time{m.time - day};
  switch (wanted) {
    case part::year:
      return static_cast<int>(date.year());
    case part::quarter:
      return (static_cast<unsigned>(date.month()) + 2) / 3;
    case part::month:
      return static_cast<unsigned>(date.month());
    case part::week:
      return week_of(day);
    case part::day:
      return static_cast<unsigned>(date.day());
    case part::weekday:
      return weekday{day}.iso_encoding();
    case part::yearday:
      return (day - sys_days{date.year() / 1 / 1}).count() + 1;
    case part::hour:
      return time.hours().count();
    case part::minute:
      return time.minutes().count();
    case part::second:
      return time.seconds().count();
  }
  return 0;
}

step bind_part(arguments& given) {
  using enum part;
  const auto wanted = given.word(0,
                                 {{"year", year},
                                  {"quarter", quarter},
                                  {"month", month},
                                  {"week", week},
                                  {"day", part::day},
                                  {"weekday", weekday},
                                  {"yearday", yearday},
                                  {"hour", hour},
                                  {"minute", minute},
                                  {"second", second}},
                                 year);
  const bool of_clock = wanted == hour || wanted == minute || wanted == second;
  return on_moment([=](const moment& m, workplace& place) -> std::optional<value_view> {
    if (of_clock && m.what == moment::type::date) return place.refuse("is a date without a time");
    return integer(part_of(m, wanted), place);
  });
}

/// The same day some months later; the last one of the month where it has no such day.
sys_seconds months_later(sys_seconds t, std::int64_t count) {
  const auto day = floor<days>(t);
  const year_month_day date{day};
  auto later = date + months{count};
  if (!later.ok()) later = later.year() / later.month() / last;
  return sys_days{later} + (t - day);
}

/// Months, or seconds.
struct duration_unit {
  std::int64_t months = 0;
  std::int64_t seconds = 0;
};

step bind_add(arguments& given) {
  constexpr std::int64_t most = 1'000'000'000;
  const auto count = given.whole(0, -most, most, 0);
  const auto unit = given.word<duration_unit>(1,
                                              {{"seconds", {0, 1}},
                                               {"minutes", {0, 60}},
                                               {"hours", {0, 3600}},
                                               {"days", {0, 86'400}},
                                               {"weeks", {0, 604'800}},
                                               {"months", {1, 0}},
                                               {"years", {12, 0}}},
                                              {});
  const bool of_clock = unit.months == 0 && unit.seconds < 86'400;
  return on_moment([=](moment m, workplace& place) -> std::optional<value_view> {
    if (of_clock && m.what == moment::type::date) return place.refuse("is a date without a time");
    // Beyond what a year of the standard library holds.
    if (std::abs(count * unit.months) > std::int64_t{12} * 20'000)
      return place.refuse("is outside of the years 0 to 9999");
    m.time = unit.months != 0 ? months_later(m.time, count * unit.months)
                              : m.time + seconds{count * unit.seconds};
    constexpr seconds longest = days{366 * 20'000};
    if (abs(m.time.time_since_epoch()) > longest)
      return place.refuse("is outside of the years 0 to 9999");
    return written(m, place);
  });
}

value_kind integer_kind(value_kind) { return value_kind::integer; }

}  // namespace

std::vector<function> time_functions() {
  return {
      {.name = "epoch",
       .parameters = {{"unit", type::text, true}},
       .gives = integer_kind,
       .bind = bind_epoch},
      {.name = "zone",
       .parameters = {{"name", type::text}},
       .gives = [](value_kind) { return value_kind::timestamp; },
       .bind = bind_zone},
      {.name = "from_zone",
       .parameters = {{"name", type::text}},
       .gives = [](value_kind) { return value_kind::timestamp_tz; },
       .bind = bind_from_zone},
      {.name = "part",
       .parameters = {{"part", type::text}},
       .gives = integer_kind,
       .bind = bind_part},
      {.name = "add",
       .parameters = {{"count", type::number}, {"unit", type::text}},
       .gives = [](value_kind of) { return of == value_kind::text ? value_kind::timestamp : of; },
       .bind = bind_add},
  };
}

}  // namespace sluice::values
