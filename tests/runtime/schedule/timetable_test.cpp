#include "runtime/schedule/timetable.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/runtime/schedule/wall_clock.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using schedule::every;
using schedule::plan;
using schedule::timetable;
using test::at;

namespace {

const plan hourly = every{1h, {}, {}};
const plan weekly = std::get<schedule::cron>(schedule::parse_cron("0 6 * * mon"));

}  // namespace

TEST_CASE("a new connection first runs at the next time of its plan") {
  timetable t(hourly, {}, at("2026-01-01T10:20Z"));
  CHECK(t.next() == at("2026-01-01T11:00Z"));
  CHECK_FALSE(t.take(at("2026-01-01T10:20Z")).due);
  CHECK_FALSE(t.take(at("2026-01-01T10:59:59Z")).due);
  CHECK(t.take(at("2026-01-01T11:00Z")).due == at("2026-01-01T11:00Z"));
  CHECK_FALSE(t.take(at("2026-01-01T11:00Z")).due);
  CHECK(t.next() == at("2026-01-01T12:00Z"));
}

TEST_CASE("a new connection whose time is now does not run at once") {
  timetable t(hourly, {}, at("2026-01-01T10:00Z"));
  CHECK_FALSE(t.take(at("2026-01-01T10:00Z")).due);
  CHECK(t.next() == at("2026-01-01T11:00Z"));
}

TEST_CASE("plans that do not go by the clock are never due") {
  for (const auto& schedule : {plan{schedule::manual{}}, plan{schedule::after{"customers"}}}) {
    timetable t(schedule, at("2026-01-01T00:00Z"), at("2026-01-01T10:00Z"));
    CHECK_FALSE(schedule::next_due(schedule, at("2026-01-01T00:00Z")));
    CHECK_FALSE(t.next());
    CHECK_FALSE(t.take(at("2027-01-01T00:00Z")).due);
    CHECK_FALSE(t.wait(at("2026-01-01T10:00Z")));
    CHECK_FALSE(t.handled());
  }
}

TEST_CASE("what was missed while the node was down is one run") {
  timetable t(hourly, at("2026-01-01T10:00:02Z"), at("2026-01-09T15:30Z"));
  CHECK(t.next() == at("2026-01-01T11:00Z"));
  const auto answer = t.take(at("2026-01-09T15:30Z"));
  CHECK(answer.due == at("2026-01-01T11:00Z"));
  CHECK(answer.set_back == 0ms);
  CHECK_FALSE(t.take(at("2026-01-09T15:30Z")).due);
  CHECK(t.next() == at("2026-01-09T16:00Z"));
}

TEST_CASE(
    "what a new connection misses before its first run is made up for, given what was stored") {
  const timetable before(weekly, {}, at("2026-01-02T12:00Z"));
  timetable t(weekly, before.handled(), at("2026-01-07T12:00Z"));
  CHECK(t.take(at("2026-01-07T12:00Z")).due == at("2026-01-05T06:00Z"));
}

TEST_CASE("a restart with what was stored neither repeats nor loses a run") {
  timetable t(hourly, {}, at("2026-01-01T10:20Z"));
  static_cast<void>(t.take(at("2026-01-01T11:00:01Z")));
  timetable again(hourly, t.handled(), at("2026-01-01T11:00:05Z"));
  CHECK_FALSE(again.take(at("2026-01-01T11:00:05Z")).due);
  CHECK(again.next() == at("2026-01-01T12:00Z"));
}

TEST_CASE("a clock set forward by a year is one run") {
  timetable t(hourly, {}, at("2026-01-01T10:20Z"));
  CHECK(t.take(at("2027-01-01T10:20Z")).due == at("2026-01-01T11:00Z"));
  CHECK_FALSE(t.take(at("2027-01-01T10:59Z")).due);
  CHECK(t.take(at("2027-01-01T11:00Z")).due == at("2027-01-01T11:00Z"));
}

TEST_CASE("a clock set back by less than three hours repeats no run") {
  timetable t(hourly, {}, at("2026-01-01T10:20Z"));
  CHECK(t.take(at("2026-01-01T11:00Z")).due);
  CHECK(t.take(at("2026-01-01T12:00Z")).due);
  for (const auto* now : {"2026-01-01T09:00Z", "2026-01-01T11:00Z", "2026-01-01T12:30Z"}) {
    const auto answer = t.take(at(now));
    CHECK_FALSE(answer.due);
    CHECK(answer.set_back == 0ms);
  }
  CHECK(t.take(at("2026-01-01T13:00Z")).due == at("2026-01-01T13:00Z"));
}

TEST_CASE("a clock set back by a year: the schedule goes on from there and says so once") {
  timetable t(hourly, {}, at("2027-01-01T10:20Z"));
  CHECK(t.take(at("2027-01-01T11:00Z")).due);
  const auto answer = t.take(at("2026-01-01T11:10Z"));
  CHECK_FALSE(answer.due);
  CHECK(answer.set_back == 365 * 24h - 10min);
  CHECK(t.handled() == at("2026-01-01T11:10Z"));
  CHECK(t.next() == at("2026-01-01T12:00Z"));
  const auto next = t.take(at("2026-01-01T12:00Z"));
  CHECK(next.due == at("2026-01-01T12:00Z"));
  CHECK(next.set_back == 0ms);
}

TEST_CASE("a clock that was set back while the node was down is noticed by the first question") {
  timetable t(hourly, at("2027-01-01T10:00Z"), at("2026-01-01T10:20Z"));
  CHECK(t.next() == at("2026-01-01T11:00Z"));
  CHECK(t.take(at("2026-01-01T10:21Z")).set_back == 365 * 24h - 20min);
  CHECK(t.take(at("2026-01-01T10:22Z")).set_back == 0ms);
}

TEST_CASE("a clock beyond the last year is waited out") {
  timetable t(hourly, schedule::last_time, schedule::last_time);
  CHECK_FALSE(t.next());
  CHECK(t.wait(schedule::last_time) == timetable::longest_wait);
  CHECK(t.take(at("2026-01-01T10:20Z")).set_back > 0ms);
  CHECK(t.next() == at("2026-01-01T11:00Z"));
}

TEST_CASE("nobody waits longer than a minute, nor at all for what is due") {
  timetable t(hourly, {}, at("2026-01-01T10:20Z"));
  CHECK(t.wait(at("2026-01-01T10:20Z")) == 1min);
  CHECK(t.wait(at("2026-01-01T10:59:30Z")) == 30s);
  CHECK(t.wait(at("2026-01-01T11:00Z") - 1ms) == 1ms);
  CHECK(t.wait(at("2026-01-01T11:00Z")) == 0ms);
  CHECK(t.wait(at("2026-01-01T12:00Z")) == 0ms);
  CHECK(t.wait(at("2025-01-01T12:00Z")) == 1min);
}

TEST_CASE("a caller that waits as it is told runs a year on time") {
  for (const auto& clock : test::wall_clocks()) {
    CAPTURE(clock.zone);
    const auto zone = schedule::time_zone::find(clock.zone).value();
    const plan schedule = std::get<schedule::cron>(schedule::parse_cron("*/20 0,2,23 * * *", zone));
    timetable t(schedule, {}, clock.begin);
    std::optional expected = schedule::next_due(schedule, clock.begin);
    bool on_time = true;
    for (auto now = clock.begin; now < clock.at(clock.minutes.size()); now += *t.wait(now)) {
      if (const auto due = t.take(now).due) {
        on_time = on_time && due == now && due == expected;
        expected = schedule::next_due(schedule, *due);
      }
      on_time = on_time && expected > now;
    }
    CHECK(on_time);
  }
}

TEST_CASE("however the clock jumps, each question is one run at most and none is repeated") {
  CHECK(rc::check([] {
    const auto schedule = *rc::gen::elementOf(
        std::vector<plan>{hourly, weekly, every{1s, {}, {}},
                          every{24h, 6h, schedule::time_zone::find("Europe/Zurich").value()}});
    auto now = at("2026-03-28T00:00Z");
    timetable t(schedule, {}, now);
    auto latest = now;  // what the caller knows to be taken care of
    for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100))) {
      using std::chrono::minutes;
      if (step < 70)
        now += minutes{step};
      else if (step < 80)
        now += std::chrono::hours{24 * (step - 69)};
      else if (step < 95)
        now -= minutes{(step - 79) * 10};
      else
        now -= std::chrono::days{(step - 94) * 30};
      if (step % 7 == 0) t = timetable(schedule, t.handled(), now);  // a restart
      const auto was_next = t.next();
      const bool set_back = latest - now > 3h;
      const auto answer = t.take(now);
      RC_ASSERT((answer.set_back > 0ms) == set_back);
      if (set_back) latest = now;
      if (answer.due) {
        RC_ASSERT(answer.due == was_next);
        RC_ASSERT(*answer.due > latest);
        RC_ASSERT(*answer.due <= now);
        latest = now;
      }
      RC_ASSERT(t.handled() == latest);
      RC_ASSERT(t.next() == schedule::next_due(schedule, latest));
      RC_ASSERT(*t.next() > now);
      RC_ASSERT(!t.take(now).due);
      RC_ASSERT(*t.wait(now) > 0ms);
      RC_ASSERT(*t.wait(now) <= timetable::longest_wait);
    }
  }));
}
