#include "tests/runtime/schedule/wall_clock.hpp"

#include <cstdlib>
#include <ctime>
#include <stdexcept>

namespace sluice::test {

wall_clock read_wall_clock(const std::string& zone, int first, int last) {
  using namespace std::chrono;
  ::setenv("TZ", zone.c_str(), 1);
  ::tzset();
  const sys_seconds begin = sys_days{year{first} / 1 / 1};
  const sys_seconds end = sys_days{year{last + 1} / 1 / 1};
  wall_clock out{zone, begin, {}};
  for (auto t = begin; t < end; t += minutes{1}) {
    const std::time_t count = t.time_since_epoch().count();
    std::tm shown{};
    ::localtime_r(&count, &shown);
    out.minutes.push_back(
        {(count + shown.tm_gmtoff) / 60, static_cast<std::uint8_t>(shown.tm_min),
         static_cast<std::uint8_t>(shown.tm_hour), static_cast<std::uint8_t>(shown.tm_mday),
         static_cast<std::uint8_t>(shown.tm_mon + 1), static_cast<std::uint8_t>(shown.tm_wday)});
  }
  ::unsetenv("TZ");
  ::tzset();
  return out;
}

const std::vector<wall_clock>& wall_clocks() {
  static const std::vector<wall_clock> all = [] {
    std::vector<wall_clock> out;
    for (const auto* zone : {"UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe",
                             "America/Santiago", "Africa/Casablanca"})
      out.push_back(read_wall_clock(zone, 2026, 2026));
    out.push_back(read_wall_clock("Pacific/Apia", 2011, 2011));
    return out;
  }();
  return all;
}

namespace {

/// What a clock that skips this minute would have shown.
wall_minute shown_at(std::int64_t local) {
  using namespace std::chrono;
  const sys_time<minutes> t{minutes{local}};
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss time{t - day};
  return {local,
          static_cast<std::uint8_t>(time.minutes().count()),
          static_cast<std::uint8_t>(time.hours().count()),
          static_cast<std::uint8_t>(static_cast<unsigned>(date.day())),
          static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
          static_cast<std::uint8_t>(weekday{day}.c_encoding())};
}

}  // namespace

std::vector<timestamp> brute_force(const wall_clock& clock,
                                   const std::function<bool(const wall_minute&)>& matches,
                                   const std::function<bool(std::int64_t)>& follows) {
  constexpr std::int64_t correction = 180;
  std::vector<timestamp> out;
  auto before = clock.minutes.front().local;
  auto latest = before;
  for (std::size_t i = 1; i < clock.minutes.size(); ++i) {
    const auto& now = clock.minutes[i];
    const auto change = std::abs(now.local - before - 1);
    if (change != 0 && (change > correction || follows(change))) latest = now.local - 1;
    before = now.local;
    bool due = false;
    for (; latest + 1 < now.local; ++latest) due |= matches(shown_at(latest + 1));
    if (latest < now.local) {
      due |= matches(now);
      latest = now.local;
    }
    if (due) out.push_back(clock.at(i));
  }
  return out;
}

std::string difference(const wall_clock& clock, const std::vector<timestamp>& expected,
                       const std::function<std::optional<timestamp>(timestamp)>& next) {
  std::optional t = clock.begin;
  for (const auto due : expected) {
    t = next(*t);
    if (!t) return short_text(due) + " is missing";
    if (*t != due) return short_text(*t) + " for " + short_text(due);
  }
  t = next(*t);
  if (t && *t < clock.at(clock.minutes.size())) return short_text(*t) + " is too much";
  return {};
}

std::string short_text(timestamp t) {
  auto text = format_timestamp(t);
  if (text.ends_with(":00.000Z")) return text.substr(0, 16) + "Z";
  if (text.ends_with(".000Z")) return text.substr(0, 19) + "Z";
  return text;
}

timestamp at(const std::string& text) {
  for (const auto* rest : {":00.000Z", ".000Z", "Z"})
    if (const auto t = parse_timestamp(text.substr(0, text.size() - 1) + rest)) return *t;
  throw std::invalid_argument(text);
}

}  // namespace sluice::test
