// How a run begins.
//
//   idle ──start──► running
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(machine_fixture, "the first run is full and begins epoch 1") {
  const auto d = state.start({}, "run-1", t0);
  const auto& recorded = only<action::record_run>(d.todo);
  CHECK(recorded.run.type == run_type::full);
  CHECK(recorded.run.epoch == 1);
  CHECK_FALSE(recorded.run.continues);
  CHECK(state.state() == connection_state::running);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "nothing is spawned before the run is recorded and a slot is granted") {
  CHECK(count<action::spawn_run>(state.start({}, "run-1", t0).todo) == 0);
  const auto recorded = state.recorded(t0);
  CHECK(only<action::announce_start>(recorded).run.run == "run-1");
  CHECK(count<action::spawn_run>(recorded) == 0);
  CHECK(count<action::spawn_run>(state.slot_granted()) == 1);
}

TEST_CASE_FIXTURE(machine_fixture, "a run that the catalog cannot record does not begin") {
  state.start({}, "run-1", t0);
  const auto todo = state.not_recorded({errc::catalog_failed, "record", "", "disk full", ""});
  CHECK(only<action::refuse_start>(todo).why.code == errc::catalog_failed);
  CHECK(state.state() == connection_state::idle);
}

TEST_CASE_FIXTURE(machine_fixture, "the run after a full one is incremental") {
  succeed();
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.run.type == run_type::incremental);
  CHECK(d.run.epoch == 1);
}

TEST_CASE_FIXTURE(machine_fixture, "a start while running is refused and names the run") {
  begin();
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.refused.code == errc::already_running);
  CHECK(d.refused.cause.find("run-1") != std::string::npos);
  CHECK(d.todo.empty());
}

TEST_CASE_FIXTURE(machine_fixture, "a start while draining is refused with counts") {
  begin();
  send(30, 12);
  state.stop(false, t0);
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.refused.code == errc::draining);
  CHECK(d.refused.cause.find("42 deltas in 2 batches") != std::string::npos);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a start that waits is postponed and begins when the run is closed") {
  begin();
  const auto d = state.start({.wait = true}, "run-2", t0);
  CHECK_FALSE(d.refused);
  CHECK(d.run.state == run_state::postponed);
  CHECK(state.find("run-2")->state == run_state::postponed);
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(only<action::record_run>(state.closed(t0 + 1s)).run.run == "run-2");
  CHECK(state.find("run-2")->started_at == t0 + 1s);
}

TEST_CASE_FIXTURE(machine_fixture, "a postponed start whose owner went away never begins") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  state.withdraw("run-2");
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(count<action::record_run>(state.closed(t0)) == 0);
  CHECK_FALSE(state.find("run-2"));
}

TEST_CASE_FIXTURE(machine_fixture, "postponed starts are bounded") {
  begin();
  for (std::size_t i = 0; i < connection_machine::max_postponed; ++i)
    CHECK_FALSE(state.start({.wait = true}, run_id("p" + std::to_string(i)), t0).refused);
  CHECK(state.start({.wait = true}, "one more", t0).refused.code == errc::already_running);
}

TEST_CASE_FIXTURE(machine_fixture, "a forced full run begins a new epoch and continues nothing") {
  succeed();
  const auto d = state.start({.full = true}, "run-2", t0);
  CHECK(d.run.type == run_type::full);
  CHECK(d.run.epoch == 2);
  CHECK_FALSE(d.run.continues);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "forcing full again after a stopped full run begins yet another epoch") {
  succeed();
  begin({.full = true}, "run-2");
  state.stop(false, t0);
  halt(pass_end::cancelled, 0, 0);
  drain();
  settle();
  state.closed(t0);
  CHECK(state.start({.full = true}, "run-3", t0).run.epoch == 3);
}

TEST_CASE("a changed mapping makes the next run full in a new epoch and says so") {
  connection_memory memory;
  memory.next_type = run_type::incremental;
  memory.epoch = 4;
  memory.mapping_identity = "old";
  connection_machine state({"c", sync_mode::upsert, 1, "new"}, memory, run_record{});
  const auto d = state.start({}, "run", t0);
  CHECK(d.run.type == run_type::full);
  CHECK(d.run.epoch == 5);
  CHECK(d.run.warnings.size() == 1);
  CHECK(only<action::record_run>(d.todo).memory.mapping_identity == "new");
}

TEST_CASE(
    "what the catalog holds while a run is active lets a killed node go on with the same type") {
  connection_memory memory;
  connection_machine state({"c", sync_mode::upsert, 1, "m"}, memory, std::nullopt);
  const auto kept = only<action::record_run>(state.start({}, "run-1", t0).todo).memory;
  run_record interrupted;
  interrupted.run = "run-1";
  interrupted.state = run_state::interrupted;
  connection_machine after({"c", sync_mode::upsert, 1, "m"}, kept, interrupted);
  const auto next = after.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.continues == "run-1");
  CHECK(next.epoch == 1);
}

TEST_CASE("a lost ledger turns an incremental run into a full one") {
  connection_memory memory;
  memory.next_type = run_type::incremental;
  memory.mapping_identity = "m";
  connection_machine state({"c", sync_mode::upsert, 1, "m"}, memory, run_record{});
  state.start({}, "run-1", t0);
  state.recorded(t0);
  state.slot_granted();
  state.opened({run_type::full, 1, {"the ledger was lost"}});
  CHECK(state.find("run-1")->type == run_type::full);
  CHECK(state.find("run-1")->warnings.size() == 1);
  CHECK(state.memory().next_type == run_type::full);
}
