// How a run is stopped, and what it still delivers.
//
//   running ──stop, disable, shutdown──► draining
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a drain into a destination with a rate limit says how long it takes yet") {
  machine_fixture f;
  f.state = connection_machine({"customers", sync_mode::upsert, 2, "mapping", 20.0, 5.0}, {}, {});
  f.begin();
  f.send(100, 50);
  CHECK_FALSE(f.state.status().run->drain_expected);
  CHECK(f.state.stop(false, t0 + 4ms).run.drain_expected == 7500ms);
  f.deliver(0, 100);
  CHECK(f.state.status().run->drain_expected == 2500ms);
  f.halt(pass_end::cancelled, 100, 50);
  f.deliver(1, 50);
  f.drain();
  CHECK_FALSE(f.settle().run.drain_expected);
}

TEST_CASE("a drain says how long it takes at the rate of its run, if that is below the limit") {
  for (const bool limited : {false, true}) {
    CAPTURE(limited);
    machine_fixture f;
    connection_machine::settings settings{"customers", sync_mode::upsert, 2, "mapping"};
    if (limited) settings.upsert_rate = 1000;
    f.state = connection_machine(settings, {}, {});
    f.begin();
    f.send(100, 50);
    f.deliver(0, 50);
    CHECK_FALSE(f.state.status().run->drain_expected);
    // 50 rows in 10 seconds; 100 are left.
    CHECK(f.state.stop(false, t0 + 10s).run.drain_expected == 20s);
    f.deliver(0, 50);
    CHECK(f.state.status().run->drain_expected == 10s);
  }
}

TEST_CASE_FIXTURE(machine_fixture, "a stop cancels the reader and arms the drain's time-out") {
  begin();
  send(30, 10);
  deliver(0, 5);
  const auto d = state.stop(false, t0 + 1ms);
  CHECK(count<action::cancel_reader>(d.todo) == 1);
  CHECK(count<action::arm_drain_timer>(d.todo) == 1);
  CHECK(count<action::abandon_writers>(d.todo) == 0);
  CHECK(d.run.state == run_state::draining);
  CHECK(d.run.in_flight_at_stop == 35);
  CHECK(state.state() == connection_state::draining);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "in flight at the stop counts batches that left before the cancel arrived") {
  begin();
  send(30, 10);
  deliver(0, 5);
  state.stop(false, t0);
  deliver(0, 25);
  halt(pass_end::cancelled, 30, 20);
  CHECK(state.find("run-1")->in_flight_at_stop == 45);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a stopped run that drained has the same type next and continues its epoch") {
  begin();
  send(10, 0);
  state.stop(false, t0);
  halt(pass_end::cancelled, 10, 0);
  deliver(0, 10);
  CHECK_FALSE(only<action::settle_ledger>(drain()).merge);
  const auto end = settle();
  CHECK(end.run.state == run_state::stopped);
  CHECK(end.run.counters.delivered == 10);
  CHECK(end.run.counters.undelivered == 0);
  CHECK(end.settles == settled_rows::none);
  state.closed(t0);
  const auto next = state.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.epoch == 1);
  CHECK(next.continues == "run-1");
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a stop before the run is recorded ends it as stopped with nothing delivered") {
  state.start({}, "run-1", t0);
  const auto d = state.stop(false, t0);
  CHECK(d.todo.empty());
  const auto todo = state.recorded(t0);
  CHECK(count<action::announce_start>(todo) == 1);
  CHECK(count<action::acquire_slot>(todo) == 0);
  CHECK(only<action::close_run>(todo).run.state == run_state::stopped);
  CHECK(only<action::close_run>(todo).run.reading_halted_at);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a stop while waiting for a slot ends the run and a late slot starts nothing") {
  state.start({}, "run-1", t0);
  state.recorded(t0);
  const auto d = state.stop(false, t0);
  CHECK(only<action::close_run>(d.todo).run.state == run_state::stopped);
  CHECK(state.slot_granted().empty());
  CHECK(count<action::release_slot>(state.closed(t0)) == 1);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a second stop changes nothing and a stop with now abandons the drain once") {
  begin();
  state.stop(false, t0);
  CHECK(state.stop(false, t0 + 1ms).todo.empty());
  CHECK(state.find("run-1")->stop_requested_at == t0);
  CHECK(count<action::abandon_writers>(state.stop(true, t0).todo) == 1);
  CHECK(state.stop(true, t0).todo.empty());
}

TEST_CASE_FIXTURE(machine_fixture, "a stop without a run is refused") {
  CHECK(state.stop(false, t0).refused.code == errc::not_running);
  succeed();
  CHECK(state.stop(false, t0).refused.code == errc::not_running);
}

TEST_CASE_FIXTURE(machine_fixture, "a stop that names the active run stops it and abandons it") {
  begin();
  const auto d = state.stop({.requested_by = "console", .run = "run-1"}, t0);
  CHECK(count<action::cancel_reader>(d.todo) == 1);
  CHECK(d.run.state == run_state::draining);
  CHECK(d.run.stopped_by == "console");
  const auto again = state.stop({.abandon = true, .requested_by = "other", .run = "run-1"}, t0);
  CHECK(count<action::abandon_writers>(again.todo) == 1);
  CHECK(again.run.stopped_by == "console");
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a stop that names a run which has ended leaves the next one be") {
  succeed();
  const auto idle = state.stop({.run = "run-1"}, t0);
  CHECK(idle.refused.code == errc::not_running);
  CHECK(idle.refused.cause.find("run run-1 is not active: it has ended") == 0);
  begin({}, "run-2");
  for (const auto* run : {"run-1", "run-7"}) {
    const auto d = state.stop({.abandon = true, .run = run_id(run)}, t0);
    CHECK(d.refused.code == errc::not_running);
    CHECK(d.refused.cause.find(run) != std::string::npos);
    CHECK(d.todo.empty());
  }
  CHECK(state.state() == connection_state::running);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a stop that names a run whose end is being recorded is refused") {
  begin();
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(state.stop({.run = "run-1"}, t0).refused.code == errc::not_running);
}

TEST_CASE_FIXTURE(machine_fixture, "a stop that names a postponed run withdraws it and no other") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  state.start({.wait = true, .once = {"key", "body"}}, "run-3", t0);
  state.start({.wait = true}, "run-4", t0);
  const auto d = state.stop({.requested_by = "console", .run = "run-3"}, t0 + 1ms);
  CHECK_FALSE(d.refused);
  CHECK(d.run.state == run_state::stopped);
  CHECK(d.run.stopped_by == "console");
  CHECK(d.run.finished_at == t0 + 1ms);
  CHECK(d.run.stop_requested_at == t0 + 1ms);
  const auto& recorded = only<action::record_withdrawn>(d.todo);
  CHECK(recorded.run == d.run);
  CHECK(recorded.once == start_once{"key", "body"});
  CHECK(recorded.memory == state.memory());
  CHECK(state.state() == connection_state::running);
  CHECK(state.stop({.run = "run-3"}, t0).refused.code == errc::not_running);
  std::vector<std::string> left;
  for (const auto& run : state.present_runs()) left.push_back(run.run);
  CHECK(left == std::vector<std::string>{"run-1", "run-2", "run-4"});
}

TEST_CASE_FIXTURE(machine_fixture, "a stop that names no run leaves the postponed ones") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  CHECK(state.stop(stop_options{}, t0).run.run == "run-1");
  CHECK(state.present_runs().size() == 2);
}

TEST_CASE_FIXTURE(
    machine_fixture,
    "a stop between the last row and the end marker still ends as succeeded if all arrived") {
  begin();
  halt(pass_end::complete, 4, 0);
  const auto d = state.stop(false, t0);
  CHECK(count<action::cancel_reader>(d.todo) == 0);
  CHECK(d.run.in_flight_at_stop == 4);
  deliver(0, 4);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::succeeded);
  CHECK(end.run.stop_requested_at);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a drain that takes too long is abandoned and leftovers are undelivered") {
  begin();
  const auto run = only<action::arm_drain_timer>(state.stop(false, t0).todo).run;
  halt(pass_end::cancelled, 8, 8);
  CHECK(count<action::abandon_writers>(state.drain_timed_out(run)) == 1);
  state.settled({writer_number{0}, 1, 3, 0, 5});
  state.settled({writer_number{1}, 1, 0, 0, 8});
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::stopped);
  CHECK(end.run.counters.delivered == 3);
  CHECK(end.run.counters.undelivered == 13);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "the drain time-out of an earlier run does not touch a later one") {
  begin();
  const auto run = only<action::arm_drain_timer>(state.stop(false, t0).todo).run;
  halt(pass_end::cancelled, 0, 0);
  drain();
  settle();
  state.closed(t0);
  begin({}, "run-2");
  CHECK(state.drain_timed_out(run).empty());
  state.stop(false, t0);
  CHECK(state.drain_timed_out(run).empty());
}

TEST_CASE_FIXTURE(machine_fixture, "a shutdown drains the run then quits and accepts no start") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  const auto todo = state.shutdown(false, t0);
  CHECK(only<action::refuse_start>(todo).why.code == errc::shutting_down);
  CHECK(count<action::cancel_reader>(todo) == 1);
  CHECK(state.start({}, "run-3", t0).refused.code == errc::shutting_down);
  halt(pass_end::cancelled, 0, 0);
  drain();
  CHECK(settle().run.state == run_state::stopped);
  CHECK(count<action::quit>(state.closed(t0)) == 1);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a shutdown while idle quits at once and does not wait for a failing catalog") {
  CHECK(count<action::quit>(state.shutdown(false, t0)) == 1);
  machine_fixture other;
  other.begin();
  other.state.shutdown(false, t0);
  other.halt(pass_end::cancelled, 0, 0);
  other.drain();
  other.settle();
  CHECK(count<action::quit>(other.state.not_closed({errc::catalog_failed, "", "", "full", ""})) ==
        1);
}

TEST_CASE_FIXTURE(machine_fixture, "a second shutdown with now abandons the drain") {
  begin();
  state.shutdown(false, t0);
  CHECK(count<action::abandon_writers>(state.shutdown(true, t0)) == 1);
}

TEST_CASE_FIXTURE(machine_fixture, "disabling halts and drains, and the next run keeps the type") {
  begin();
  const auto todo = state.disable(t0);
  CHECK(count<action::cancel_reader>(todo) == 1);
  CHECK(state.state() == connection_state::draining);
  CHECK(state.start({}, "run-2", t0).refused.code == errc::disabled);
  halt(pass_end::cancelled, 0, 0);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::stopped);
  CHECK_FALSE(end.memory.enabled);
  state.closed(t0);
  CHECK(state.state() == connection_state::disabled);
  state.enable(t0);
  const auto next = state.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.continues == "run-1");
}

TEST_CASE_FIXTURE(machine_fixture, "disabling refuses the starts that wait") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  CHECK(only<action::refuse_start>(state.disable(t0)).why.code == errc::disabled);
}

TEST_CASE("a disabled connection refuses starts") {
  connection_memory memory;
  memory.enabled = false;
  connection_machine state({"c", sync_mode::upsert, 1, "m"}, memory, std::nullopt);
  CHECK(state.state() == connection_state::disabled);
  CHECK(state.start({}, "run", t0).refused.code == errc::disabled);
}
