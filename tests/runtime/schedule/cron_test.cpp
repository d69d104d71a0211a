#include "runtime/schedule/cron.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <bit>
#include <random>

#include "tests/runtime/schedule/wall_clock.hpp"

using namespace sluice;
using schedule::cron;
using schedule::time_zone;
using test::at;
using test::short_text;

namespace {

cron read(const std::string& text, const std::string& zone = "UTC") {
  auto out = schedule::parse_cron(text, time_zone::find(zone).value());
  if (const auto* const bad = std::get_if<schedule::cron_problem>(&out))
    throw std::invalid_argument(text + ": " + bad->message);
  return std::get<cron>(out);
}

/// `message; hint` of a text that is refused.
std::string problem(const std::string& text) {
  const auto out = schedule::parse_cron(text);
  const auto* const bad = std::get_if<schedule::cron_problem>(&out);
  if (bad == nullptr) return "none";
  return bad->message + (bad->hint.empty() ? "" : "; " + bad->hint);
}

/// The first `count` times later than `from`, separated by blanks.
std::string times(const cron& schedule, const std::string& from, int count) {
  std::string out;
  for (std::optional t = at(from); count > 0; --count) {
    t = schedule::next_due(schedule, *t);
    if (!t) return out + " never";
    out += (out.empty() ? "" : " ") + short_text(*t);
  }
  return out;
}

bool has(cron::numbers set, unsigned n) { return (set >> n & 1) != 0; }

bool matches(const cron& c, const test::wall_minute& m) {
  const bool day = has(c.days, m.day);
  const bool weekday = has(c.weekdays, m.weekday);
  return has(c.minutes, m.minute) && has(c.hours, m.hour) && has(c.months, m.month) &&
         (c.either_day ? day || weekday : day && weekday);
}

/// Where a year of the schedule differs from Debian's cron, of which only which minutes match is
/// taken from the schedule.
std::string difference(const cron& c, const test::wall_clock& clock) {
  const auto expected = test::brute_force(
      clock, [&](const test::wall_minute& m) { return matches(c, m); },
      [&](std::int64_t) { return c.follows_clock; });
  return test::difference(clock, expected, [&](timestamp t) { return schedule::next_due(c, t); });
}

}  // namespace

TEST_CASE("a cron's fields are numbers, ranges, steps, lists and names") {
  const auto all = read("* * * * *");
  CHECK(std::popcount(all.minutes) == 60);
  CHECK(std::popcount(all.hours) == 24);
  CHECK(std::popcount(all.days) == 31);
  CHECK(std::popcount(all.months) == 12);
  CHECK(std::popcount(all.weekdays) == 7);
  CHECK(read("*/20 0-23/8 1,15 jan,DEC mon-Fri") == [] {
    auto c = read("0,20,40 0,8,16 1,15 1,12 1-5");
    c.text = "*/20 0-23/8 1,15 jan,DEC mon-Fri";
    c.follows_clock = true;
    return c;
  }());
  CHECK(read("10-50/10 1 1 1 *").minutes == read("10,20,30,40,50 1 1 1 *").minutes);
  CHECK(read("05 007 1 1 *").hours == 1u << 7);
  CHECK(read(" 1\t2  3 4 5 ").days == 1u << 3);
  CHECK(read("0 0 31 jan,feb *").months == 0b110);
}

TEST_CASE("Sunday is 0 and 7") {
  CHECK(read("0 0 * * 0").weekdays == 1);
  CHECK(read("0 0 * * 7").weekdays == 1);
  CHECK(read("0 0 * * sun").weekdays == 1);
  CHECK(read("0 0 * * 5-7").weekdays == 0b1100001);
  CHECK(read("0 0 * * sun-tue").weekdays == 0b111);
}

TEST_CASE("words stand for five fields") {
  const auto same = [](const std::string& word, const std::string& fields) {
    auto expected = read(fields);
    expected.text = word;
    return read(word) == expected;
  };
  CHECK(same("@hourly", "0 * * * *"));
  CHECK(same("@daily", "0 0 * * *"));
  CHECK(same("@midnight", "0 0 * * *"));
  CHECK(same("@weekly", "0 0 * * 0"));
  CHECK(same("@monthly", "0 0 1 * *"));
  CHECK(same("@yearly", "0 0 1 1 *"));
  CHECK(same("@Annually", "0 0 1 1 *"));
}

TEST_CASE("a text that is no cron is refused with the field and what would be right") {
  CHECK(problem("0 25 * * *") == "the hour \"25\" is out of range 0 to 23");
  CHECK(problem("60 * * * *") == "the minute \"60\" is out of range 0 to 59");
  CHECK(problem("0 0 0 * *") == "the day of month \"0\" is out of range 1 to 31");
  CHECK(problem("0 0 32 * *") == "the day of month \"32\" is out of range 1 to 31");
  CHECK(problem("0 0 * 13 *") == "the month \"13\" is out of range 1 to 12");
  CHECK(problem("0 0 * * 8") == "the day of week \"8\" is out of range 0 to 7");
  CHECK(problem("0 99999999999999999999 * * *") ==
        "the hour \"99999999999999999999\" is out of range 0 to 23");
  CHECK(problem("0 -1 * * *") == "the hour lacks a number");
  CHECK(problem("0 1- * * *") == "the hour lacks a number");
  CHECK(problem("0 1,,2 * * *") == "the hour lacks a number");
  CHECK(problem("0 0 L * *") ==
        "the day of month \"L\" is not known; write numbers from 1 to 31; ranges 1-3, lists 1,3, "
        "steps */2");
  CHECK(problem("0 0 * * wednesday") ==
        "the day of week \"wednesday\" is not known; write numbers from 0 to 7, or names from sun "
        "to sat; ranges 1-3, lists 1,3, steps */2");
  CHECK(problem("0 0 * mon *").find("the month \"mon\" is not known; write numbers") == 0);
  CHECK(problem("5/10 * * * *") ==
        "the minute \"5/10\" has a step without a range; write 5-59/10 or */…");
  CHECK(problem("*/0 * * * *") == "the step of the minute \"*/0\" is out of range 1 to 60");
  CHECK(problem("*/x * * * *") ==
        "the step of the minute \"*/x\" is not a number; for example */2");
  CHECK(problem("*/90 * * * *") ==
        "the step of the minute \"*/90\" is out of range 1 to 60; for intervals that no clock "
        "shows, write for example {\"every\": \"90m\"}");
  CHECK(problem("0 22-6 * * *") ==
        "the hour \"22-6\" is a range that ends before it begins; write two ranges: 22-23,0-6");
  CHECK(problem("0 0 * * fri-sun") ==
        "the day of week \"fri-sun\" is a range that ends before it begins; Sunday is 0 at the "
        "beginning of a range and 7 at its end");
  CHECK(
      problem("0 0 * *") ==
      "has 4 fields and not five; write minute, hour, day of month, month and day of week: \"30 6 "
      "* * mon-fri\"");
  CHECK(problem("0 0 0 * * *").find("has 6 fields and not five; ") == 0);
  CHECK(problem("").find("has 0 fields and not five; ") == 0);
  CHECK(problem("@reboot") ==
        "\"@reboot\" is no time; what a node missed while it was down is made up for when it "
        "starts");
  CHECK(problem("@often").find("\"@often\" is not known; known here: @hourly, @daily, ") == 0);
  CHECK(problem("0 " + std::string(1000, 'x') + " * * *")
            .find("the hour \"" + std::string(30, 'x') + "…\" is not known; ") == 0);
}

TEST_CASE("a cron that is never due is refused") {
  CHECK(problem("0 0 30 2 *") ==
        "the day of month \"30\" never comes in month \"2\"; it would never be due");
  CHECK(problem("0 0 31 4,jun,9,11 *").find("the day of month \"31\" never comes") == 0);
  CHECK(problem("0 0 30 2 */2").find("the day of month \"30\" never comes") == 0);
  CHECK(problem("0 0 30 2 mon") == "none");  // every Monday in February
  CHECK(problem("0 0 29 2 *") == "none");
}

TEST_CASE("no text crashes the reading of a cron, and what is read is due some time") {
  const std::vector<std::string> parts{"*",    "0",   "7",    "12",  "29",    "30", "31",
                                       "1-5",  "*/2", "8,10", "feb", "Fri",   "5-", "2/3",
                                       "*/60", ",",   "99",   "",    "@daily"};
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int field = 0; field < 5; ++field) text += parts[below(parts.size())] + " ";
    if (i % 2 == 0) text[below(text.size())] = static_cast<char>(below(256));
    const auto out = schedule::parse_cron(text);
    if (const auto* const bad = std::get_if<schedule::cron_problem>(&out)) {
      if (bad->message.empty()) FAIL(text);
      continue;
    }
    ++accepted;
    if (!schedule::next_due(std::get<cron>(out), at("2026-01-01T00:00Z"))) FAIL(text);
  }
  CHECK(accepted > 100);
}

TEST_CASE("a cron is due at its minutes, strictly later than the given time") {
  CHECK(times(read("*/15 * * * *"), "2026-01-31T23:31Z", 3) ==
        "2026-01-31T23:45Z 2026-02-01T00:00Z 2026-02-01T00:15Z");
  CHECK(times(read("0 6 * * *"), "2026-01-01T06:00Z", 1) == "2026-01-02T06:00Z");
  CHECK(times(read("0 6 * * *"), "2026-01-01T05:59:59Z", 1) == "2026-01-01T06:00Z");
  CHECK(times(read("59 23 31 12 *"), "2026-12-31T23:59Z", 1) == "2027-12-31T23:59Z");
  const auto before = at("2026-01-01T06:00Z") - std::chrono::milliseconds{1};
  CHECK(schedule::next_due(read("0 6 * * *"), before) == at("2026-01-01T06:00Z"));
}

TEST_CASE("of two restricted days either matches, of one that begins with an asterisk both must") {
  // January 2027 begins on a Friday.
  CHECK(times(read("30 4 1,15 * 5"), "2026-12-31T12:00Z", 5) ==
        "2027-01-01T04:30Z 2027-01-08T04:30Z 2027-01-15T04:30Z 2027-01-22T04:30Z "
        "2027-01-29T04:30Z");
  CHECK(times(read("0 0 13 * fri"), "2026-12-31T12:00Z", 3) ==
        "2027-01-01T00:00Z 2027-01-08T00:00Z 2027-01-13T00:00Z");
  CHECK(times(read("0 0 */2 * fri"), "2026-12-31T12:00Z", 3) ==
        "2027-01-01T00:00Z 2027-01-15T00:00Z 2027-01-29T00:00Z");
}

TEST_CASE("the 29th of February is found across a century that leaves it out") {
  CHECK(times(read("0 0 29 2 *", "Europe/Zurich"), "2026-01-01T00:00Z", 1) == "2028-02-28T23:00Z");
  CHECK(times(read("0 0 29 2 *"), "2096-02-29T00:00Z", 1) == "2104-02-29T00:00Z");
  // A Saturday, by */6 (0 and 6) and not by 6, which would be any Saturday.
  CHECK(times(read("0 0 29 2 */6"), "2072-12-31T00:00Z", 2) ==
        "2076-02-29T00:00Z 2088-02-29T00:00Z");
}

TEST_CASE("a cron ends with the year 9999") {
  CHECK(times(read("0 0 * * *"), "9999-12-30T12:00Z", 2) == "9999-12-31T00:00Z never");
  CHECK(times(read("0 0 * * *", "America/New_York"), "9999-12-31T12:00Z", 1) == " never");
  CHECK_FALSE(schedule::next_due(read("* * * * *"), timestamp::max()));
  CHECK(schedule::next_due(read("* * * * *"), timestamp::min()) == schedule::first_time);
}

TEST_CASE("a skipped time is due right after the change, once") {
  // 2026-03-29 02:00 CET is 03:00 CEST.
  CHECK(times(read("30 2 * * *", "Europe/Zurich"), "2026-03-28T00:00Z", 3) ==
        "2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z");
  CHECK(times(read("0,20,40 2,3 29 3 *", "Europe/Zurich"), "2026-03-28T00:00Z", 3) ==
        "2026-03-29T01:00Z 2026-03-29T01:20Z 2026-03-29T01:40Z");
  CHECK(times(read("0 2 * * *", "Europe/Zurich"), "2026-03-29T01:00Z", 1) == "2026-03-30T00:00Z");
}

TEST_CASE("a repeated time is due the first time only") {
  // 2026-10-25 03:00 CEST is 02:00 CET.
  CHECK(times(read("30 2 * * *", "Europe/Zurich"), "2026-10-24T12:00Z", 2) ==
        "2026-10-25T00:30Z 2026-10-26T01:30Z");
  CHECK(times(read("30 2 * * *", "Europe/Zurich"), "2026-10-25T01:00Z", 1) == "2026-10-26T01:30Z");
  CHECK(times(read("0 3 * * *", "Europe/Zurich"), "2026-10-25T00:59Z", 1) == "2026-10-25T02:00Z");
}

TEST_CASE("wildcards follow the clock") {
  CHECK(times(read("30 * * * *", "Europe/Zurich"), "2026-03-29T00:00Z", 3) ==
        "2026-03-29T00:30Z 2026-03-29T01:30Z 2026-03-29T02:30Z");
  CHECK(times(read("@hourly", "Europe/Zurich"), "2026-10-25T00:00Z", 2) ==
        "2026-10-25T01:00Z 2026-10-25T02:00Z");
  CHECK(times(read("*/30 2 * * *", "Europe/Zurich"), "2026-10-25T00:00Z", 4) ==
        "2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-26T01:00Z");
  CHECK(times(read("*/30 2 * * *", "Europe/Zurich"), "2026-03-28T02:00Z", 1) ==
        "2026-03-30T00:00Z");
}

TEST_CASE("a change of more than three hours is a correction: a day left out is left out") {
  // In Apia 2011-12-30 did not happen: 2011-12-29 24:00 (-10) was 2011-12-31 00:00 (+14).
  CHECK(times(read("0 6 * * *", "Pacific/Apia"), "2011-12-29T00:00Z", 3) ==
        "2011-12-29T16:00Z 2011-12-30T16:00Z 2011-12-31T16:00Z");
  CHECK(times(read("0 6 30 12 *", "Pacific/Apia"), "2011-12-01T00:00Z", 1) == "2012-12-29T16:00Z");
}

TEST_CASE("a year of each schedule is what Debian's cron does minute by minute") {
  for (const auto* text :
       {"* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "0 0 * * *", "15,45 1-3 * * *",
        "0-59 2 * * *", "*/10 2 * * *", "5 */3 * * *", "30 1 * * sun", "0 2 1,30 * 6",
        "59 23 31 * *", "0 0 29 2 *", "0 6 30 12 *", "10-50/10 0,1,2,3,4 */5 mar-apr,oct-nov *"})
    for (const auto& clock : test::wall_clocks()) {
      CAPTURE(text);
      CAPTURE(clock.zone);
      CHECK(difference(read(text, clock.zone), clock) == "");
    }
}

TEST_CASE("a year of any schedule is what Debian's cron does minute by minute") {
  CHECK(rc::check([] {
    const auto field = [](int from, int to) {
      const auto number = rc::gen::inRange(from, to + 1);
      switch (*rc::gen::weightedElement<int>({{3, 0}, {1, 1}, {3, 2}, {3, 3}})) {
        case 0:
          return std::string("*");
        case 1:
          return "*/" + std::to_string(*rc::gen::inRange(1, to + 1));
        case 2: {
          const auto a = *number;
          const auto b = *number;
          return std::to_string(std::min(a, b)) + "-" + std::to_string(std::max(a, b));
        }
        default:
          return std::to_string(*number) + "," + std::to_string(*number);
      }
    };
    const auto& clock =
        test::wall_clocks()[*rc::gen::inRange<std::size_t>(0, test::wall_clocks().size())];
    const auto text = field(0, 59) + " " + field(0, 23) + " " + field(1, 28) + " " + field(1, 12) +
                      " " + field(0, 7);
    RC_LOG() << text << " in " << clock.zone;
    RC_ASSERT(difference(read(text, clock.zone), clock) == "");
  }));
}
