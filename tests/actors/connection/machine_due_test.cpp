// Runs that begin by themselves.
//
//   idle ──due──► running
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

/// Runs due at every full minute.
struct scheduled_fixture : machine_fixture {
  scheduled_fixture() {
    schedule::every plan;
    plan.interval = 1min;
    settings.schedule = plan;
    state = connection_machine(settings, memory, std::nullopt);
    state.keep_schedule(t0);
  }
  timestamp minute(int n) const { return std::chrono::ceil<std::chrono::minutes>(t0) + n * 1min; }

  connection_machine::settings settings{"customers", sync_mode::mirror, 2, "mapping 1"};
};

}  // namespace

TEST_CASE_FIXTURE(scheduled_fixture,
                  "a run begins when it is due and its time is recorded with it") {
  CHECK(state.status().next_run_at == minute(0));
  CHECK(state.wake("run-1", minute(0) - 1ms).empty());
  const auto todo = state.wake("run-1", minute(0) + 3ms);
  const auto& begun = only<action::record_run>(todo);
  CHECK(begun.run.trigger == run_trigger::schedule);
  CHECK(begun.run.started_at == minute(0) + 3ms);
  CHECK(begun.memory.due_handled >= minute(0));
  CHECK(begun.memory.due_handled < minute(1));
  CHECK(only<action::acquire_slot>(state.recorded(t0)).due == minute(0));
  CHECK(state.status().waiting_for_slot);
  CHECK(state.status().next_run_at == minute(1));
}

TEST_CASE_FIXTURE(scheduled_fixture, "a new schedule is recorded before its first run") {
  connection_machine fresh(settings, memory, std::nullopt);
  CHECK(only<action::save_memory>(fresh.keep_schedule(t0)).memory.due_handled == t0);
  connection_machine restarted(settings, fresh.memory(), std::nullopt);
  CHECK(restarted.keep_schedule(t0 + 1h).empty());
  CHECK(count<action::record_run>(restarted.wake("run-1", t0 + 1h)) == 1);
}

TEST_CASE_FIXTURE(scheduled_fixture,
                  "a run that is due while another one is active is skipped, with the reason") {
  begin();
  const auto todo = state.wake("run-2", minute(0));
  const auto& skipped = only<action::record_skipped>(todo);
  CHECK(skipped.run.run == "run-2");
  CHECK(skipped.run.state == run_state::skipped);
  CHECK(skipped.run.finished_at == minute(0));
  CHECK(skipped.run.failed.code == errc::already_running);
  CHECK(skipped.run.failed.cause.find("run-1") != std::string::npos);
  CHECK(skipped.memory.due_handled == minute(0));
  CHECK(todo.size() == 1);
  CHECK(state.status().run->run == "run-1");
}

TEST_CASE_FIXTURE(scheduled_fixture, "a run that waits for a slot is active") {
  state.wake("run-1", minute(0));
  state.recorded(minute(0));
  CHECK(count<action::record_skipped>(state.wake("run-2", minute(1))) == 1);
}

TEST_CASE_FIXTURE(
    scheduled_fixture,
    "a run that is due while draining starts when the drain has ended, and only one") {
  begin();
  state.stop(false, minute(0));
  const auto waits = state.wake("run-2", minute(0));
  CHECK(only<action::save_memory>(waits).memory.due_handled == minute(0));
  CHECK(only<action::record_skipped>(state.wake("run-3", minute(1))).run.run == "run-3");
  halt(pass_end::cancelled, 0, 0);
  drain();
  settle();
  const auto todo = state.closed(minute(2));
  CHECK(only<action::record_run>(todo).run.run == "run-2");
  CHECK(only<action::acquire_slot>(state.recorded(minute(2))).due == minute(0));
}

TEST_CASE_FIXTURE(scheduled_fixture, "a disabled connection has no next run and never wakes") {
  state.disable(t0);
  CHECK_FALSE(state.status().next_run_at);
  CHECK_FALSE(state.wake_after(t0));
  // A wake that was on its way already.
  CHECK(state.wake("run-1", minute(1) + 1s).empty());
}

TEST_CASE_FIXTURE(scheduled_fixture,
                  "what was due while a connection was disabled is not made up for") {
  state.disable(t0);
  state.enable(minute(5) + 1s);
  CHECK(state.wake("run-1", minute(5) + 1s).empty());
  CHECK(state.status().next_run_at == minute(6));
}

TEST_CASE_FIXTURE(scheduled_fixture,
                  "a clock set back by a year is told and the schedule goes on") {
  const auto a_year_ago = t0 - std::chrono::hours{24 * 365};
  const auto todo = state.wake("run-1", a_year_ago);
  CHECK(only<action::warn_set_back>(todo).by >= std::chrono::hours{24 * 364});
  CHECK(count<action::record_run>(todo) == 0);
  CHECK(only<action::save_memory>(todo).memory.due_handled < t0);
  CHECK(state.status().next_run_at <= a_year_ago + 1min);
}

TEST_CASE_FIXTURE(scheduled_fixture,
                  "no run begins by itself before the destination wants to be asked again") {
  begin();
  state.settled({.ask_again_at = minute(3) + 1s});
  halt(pass_end::failed, 0, 0, {errc::destination_failed, "deliver", "api", "tomorrow", ""});
  drain();
  settle();
  state.closed(t0 + 10ms);
  CHECK(state.status().next_run_at == minute(3) + 1s);
  CHECK(state.wake("run-2", minute(0) + 1s).empty());
  CHECK(state.wake("run-2", minute(3)).empty());
  CHECK(state.wake_after(minute(3)) == 1s);
  CHECK(state.wake_after(minute(0)) == schedule::timetable::longest_wait);
  // What came due meanwhile is one run.
  const auto todo = state.wake("run-2", minute(3) + 1s);
  CHECK(only<action::record_run>(todo).run.run == "run-2");
  CHECK(state.status().next_run_at == minute(4));
}

TEST_CASE_FIXTURE(scheduled_fixture, "a start by hand does not wait for what a destination asked") {
  begin();
  state.settled({.ask_again_at = minute(30)});
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  state.closed(t0);
  const auto d = state.start({}, "run-2", minute(0));
  CHECK_FALSE(d.refused);
}

TEST_CASE_FIXTURE(scheduled_fixture, "a run that succeeds ends the wait for the destination") {
  begin();
  state.settled({.ask_again_at = minute(30)});
  halt(pass_end::failed, 0, 0, {errc::destination_failed, "deliver", "api", "tomorrow", ""});
  drain();
  settle();
  state.closed(t0);
  succeed();
  CHECK(state.status().next_run_at == minute(0));
}

TEST_CASE("a connection that follows another one waits for its destination, too") {
  connection_machine::settings settings{"c", sync_mode::upsert, 1, "m"};
  settings.schedule = schedule::after{"leader"};
  connection_machine state(settings, {}, std::nullopt);
  state.keep_schedule(t0);
  state.start({}, "run-1", t0);
  state.recorded(t0);
  state.slot_granted();
  state.settled({.ask_again_at = t0 + 30s});
  state.reader_down({errc::source_failed, "read", "c", "gone", ""}, t0);
  state.drained({writer_number{0}, {}}, t0);
  state.closed(t0);
  CHECK(state.due("run-2", t0 + 10s).empty());
  CHECK(state.due("run-3", t0 + 11s).empty());
  CHECK(state.wake_after(t0 + 11s) == 19s);
  CHECK(state.wake_after(t0 + 30s) == 0ms);
  CHECK(only<action::record_run>(state.wake("run-4", t0 + 30s)).run.run == "run-4");
  CHECK_FALSE(state.wake_after(t0 + 31s));
}
