#include "runtime/schedule/interval.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/runtime/schedule/wall_clock.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using schedule::every;
using schedule::time_zone;
using test::at;
using test::short_text;

namespace {

every from(std::chrono::milliseconds interval, const char* starting_at, const char* zone = "UTC") {
  return {interval, schedule::parse_time_of_day(starting_at).value(),
          time_zone::find(zone).value()};
}

/// The first `count` times later than `t`, separated by blanks.
std::string times(const every& schedule, const std::string& t, int count) {
  std::string out;
  for (std::optional due = at(t); count > 0; --count) {
    due = schedule::next_due(schedule, *due);
    if (!due) return out + " never";
    out += (out.empty() ? "" : " ") + short_text(*due);
  }
  return out;
}

/// Where a year of an interval of whole minutes differs from what its description says.
std::string difference(const every& schedule, const test::wall_clock& clock) {
  constexpr std::int64_t day = 1440;
  const auto interval = schedule.interval / 1min;
  const auto start = *schedule.starting_at / 1min;
  const auto expected = test::brute_force(
      clock,
      [&](const test::wall_minute& m) {
        const auto since = m.local - start;
        return (interval <= day ? since % day : since) % interval == 0;
      },
      [&](std::int64_t change) { return interval <= change; });
  return test::difference(clock, expected,
                          [&](timestamp t) { return schedule::next_due(schedule, t); });
}

}  // namespace

TEST_CASE("without a start an interval is due at its multiples since 1970") {
  CHECK(times({15min, {}, {}}, "2026-01-01T00:07:30Z", 3) ==
        "2026-01-01T00:15Z 2026-01-01T00:30Z 2026-01-01T00:45Z");
  CHECK(times({24h, {}, {}}, "2026-01-01T00:00Z", 1) == "2026-01-02T00:00Z");
  CHECK(times({7 * 24h, {}, {}}, "1970-01-01T00:00Z", 2) == "1970-01-08T00:00Z 1970-01-15T00:00Z");
  CHECK(times({1500ms, {}, {}}, "1970-01-01T00:00Z", 2) ==
        "1970-01-01T00:00:01.500Z 1970-01-01T00:00:03Z");
  CHECK(times({1h, {}, {}}, "1969-12-31T22:30Z", 2) == "1969-12-31T23:00Z 1970-01-01T00:00Z");
}

TEST_CASE("a day's interval is due at the same local time on both sides of a change") {
  CHECK(times(from(24h, "06:00", "Europe/Zurich"), "2026-03-27T12:00Z", 3) ==
        "2026-03-28T05:00Z 2026-03-29T04:00Z 2026-03-30T04:00Z");
  CHECK(times(from(24h, "06:00", "Europe/Zurich"), "2026-10-23T12:00Z", 3) ==
        "2026-10-24T04:00Z 2026-10-25T05:00Z 2026-10-26T05:00Z");
}

TEST_CASE("an interval that divides a day keeps to its local times") {
  CHECK(times(from(15min, "06:00"), "2026-01-01T00:07Z", 2) ==
        "2026-01-01T00:15Z 2026-01-01T00:30Z");
  CHECK(times(from(6h, "06:30:15"), "2026-01-01T00:00Z", 4) ==
        "2026-01-01T00:30:15Z 2026-01-01T06:30:15Z 2026-01-01T12:30:15Z 2026-01-01T18:30:15Z");
}

TEST_CASE("an interval that does not divide a day begins anew every day") {
  CHECK(times(from(7h, "06:00"), "2026-01-01T06:00Z", 5) ==
        "2026-01-01T13:00Z 2026-01-01T20:00Z 2026-01-02T03:00Z 2026-01-02T06:00Z "
        "2026-01-02T13:00Z");
}

TEST_CASE("an interval longer than a day counts local days since 1970") {
  CHECK(times(from(48h, "06:00", "Europe/Zurich"), "2026-03-26T12:00Z", 3) ==
        "2026-03-28T05:00Z 2026-03-30T04:00Z 2026-04-01T04:00Z");
  CHECK(times(from(7 * 24h, "06:00"), "2026-01-01T06:00Z", 2) ==
        "2026-01-08T06:00Z 2026-01-15T06:00Z");  // Thursdays
  CHECK(times(from(36h, "06:00"), "1970-01-01T06:00Z", 3) ==
        "1970-01-02T18:00Z 1970-01-04T06:00Z 1970-01-05T18:00Z");
  CHECK(times(from(366 * 24h, "00:00"), "1970-01-01T00:00Z", 1) == "1971-01-02T00:00Z");
}

TEST_CASE("short intervals go on as if the clock had not been changed") {
  CHECK(times(from(30min, "06:00", "Europe/Zurich"), "2026-03-29T00:15Z", 3) ==
        "2026-03-29T00:30Z 2026-03-29T01:00Z 2026-03-29T01:30Z");
  CHECK(times(from(30min, "06:00", "Europe/Zurich"), "2026-10-25T00:15Z", 4) ==
        "2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-25T02:00Z");
  CHECK(times(from(1h, "06:30", "Europe/Zurich"), "2026-03-29T00:00Z", 2) ==
        "2026-03-29T00:30Z 2026-03-29T01:30Z");
  CHECK(times(from(1h, "06:30", "Europe/Zurich"), "2026-10-25T00:00Z", 3) ==
        "2026-10-25T00:30Z 2026-10-25T01:30Z 2026-10-25T02:30Z");
}

TEST_CASE("of longer intervals a skipped time is due right after the change, a repeated one once") {
  CHECK(times(from(24h, "02:30", "Europe/Zurich"), "2026-03-28T12:00Z", 2) ==
        "2026-03-29T01:00Z 2026-03-30T00:30Z");
  CHECK(times(from(24h, "02:30", "Europe/Zurich"), "2026-10-24T12:00Z", 2) ==
        "2026-10-25T00:30Z 2026-10-26T01:30Z");
  CHECK(times(from(2h, "00:00", "Europe/Zurich"), "2026-10-24T23:00Z", 2) ==
        "2026-10-25T00:00Z 2026-10-25T03:00Z");
  // Lord Howe puts its clocks by half an hour.
  CHECK(times(from(1h, "01:45", "Australia/Lord_Howe"), "2026-04-04T14:00Z", 2) ==
        "2026-04-04T14:45Z 2026-04-04T16:15Z");
}

TEST_CASE("an interval ends with the year 9999") {
  CHECK(times({24h, {}, {}}, "9999-12-30T12:00Z", 2) == "9999-12-31T00:00Z never");
  CHECK(times(from(24h, "06:00"), "9999-12-30T12:00Z", 2) == "9999-12-31T06:00Z never");
  for (const auto& schedule : {every{1s, {}, {}}, from(1s, "00:00", "Europe/Zurich")}) {
    CHECK_FALSE(schedule::next_due(schedule, timestamp::max()));
    CHECK(schedule::next_due(schedule, timestamp::min()));
  }
}

TEST_CASE("a year of each interval is what its description says, minute by minute") {
  for (const auto interval : {1min, 15min, 20min, 50min, 60min, 90min, 120min, 420min, 720min,
                              1439min, 1440min, 2160min, 2880min, 10080min, 525600min})
    for (const auto* start : {"00:00", "02:30"})
      for (const auto& clock : test::wall_clocks()) {
        CAPTURE(interval.count());
        CAPTURE(start);
        CAPTURE(clock.zone);
        CHECK(difference(from(interval, start, clock.zone.c_str()), clock) == "");
      }
}

TEST_CASE("intervals are due at the same times whenever they are asked for") {
  CHECK(rc::check([] {
    const auto zone = *rc::gen::elementOf(
        std::vector<std::string>{"UTC", "Europe/Zurich", "Australia/Lord_Howe", "Pacific/Apia"});
    every schedule{std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(1000, 200'000'000)},
                   {},
                   time_zone::find(zone).value()};
    if (*rc::gen::arbitrary<bool>())
      schedule.starting_at = std::chrono::seconds{*rc::gen::inRange(0, 86'400)};
    const auto begin =
        at("2011-12-01T00:00Z") +
        std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(0, 500'000'000'000)};
    const auto first = schedule::next_due(schedule, begin).value();
    const auto second = schedule::next_due(schedule, first).value();
    RC_ASSERT(begin < first);
    RC_ASSERT(first < second);
    // From anywhere in between it is the same.
    const auto between =
        std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(0, (second - first).count())};
    RC_ASSERT(schedule::next_due(schedule, first + between) == second);
    RC_ASSERT(schedule::next_due(schedule, first - std::chrono::milliseconds{1}) == first);
  }));
}

TEST_CASE("a time of day has hours, minutes and perhaps seconds, two digits each") {
  CHECK(schedule::parse_time_of_day("00:00") == 0s);
  CHECK(schedule::parse_time_of_day("06:05") == 6h + 5min);
  CHECK(schedule::parse_time_of_day("23:59:59") == 24h - 1s);
  for (const auto* text : {"", "6:00", "24:00", "06:60", "06:00:60", "0600", "06:00:", "06:00:0",
                           "06.00", "06:00Z", "-6:00", "+6:00", " 6:00", "06:00:00:00", "noon!"})
    CHECK_FALSE_MESSAGE(schedule::parse_time_of_day(text), text);
}
