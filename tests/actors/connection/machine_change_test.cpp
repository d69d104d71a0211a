// What changes between runs: a reset, another configuration; and what run is foreseen.
//
//   idle ──reset, another configuration──► idle
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(machine_fixture, "after a reset the next run is full and in a new epoch") {
  succeed();
  CHECK_FALSE(state.refuse_reset());
  state.reset();
  CHECK(state.status().next_type == run_type::full);
  CHECK(state.status().next_reason == "the ledger was reset");
  CHECK(state.status().ledger_rows == 0);
  const auto next = state.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.epoch == 2);
  CHECK_FALSE(next.continues);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "the ledger of a run that is active or drains is not forgotten") {
  begin();
  CHECK(state.refuse_reset().code == errc::already_running);
  state.stop(false, t0);
  CHECK(state.refuse_reset().code == errc::draining);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "an assumption goes on after a stop and ends with a run that succeeded") {
  begin({.assume_synced = true});
  CHECK(state.memory().assume_synced);
  state.stop(false, t0);
  halt(pass_end::cancelled, 0, 0);
  drain();
  CHECK(settle().memory.assume_synced);
  state.closed(t0);
  state.start({}, "run-2", t0);
  state.recorded(t0);
  CHECK(only<action::spawn_run>(state.slot_granted()).assume_synced);
  halt(pass_end::complete, 0, 0);
  drain();
  CHECK_FALSE(settle().memory.assume_synced);
}

TEST_CASE_FIXTURE(machine_fixture, "a first run assumes what is there if it was configured so") {
  connection_machine::settings settings{"customers", sync_mode::mirror, 2, "mapping 1"};
  settings.assume_initially = true;
  state = connection_machine(settings, memory, std::nullopt);
  CHECK(state.status().next_reason.find("records rows as acknowledged") != std::string::npos);
  begin();
  CHECK(state.memory().assume_synced);
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  state.closed(t0);
  CHECK_FALSE(state.memory().assume_synced);
  // Asked for, a full run delivers.
  state.start({.full = true}, "run-2", t0);
  CHECK_FALSE(state.memory().assume_synced);
}

TEST_CASE_FIXTURE(machine_fixture, "another configuration is adopted at once while idle") {
  succeed();
  const auto todo = state.reconfigure({"customers", sync_mode::upsert, 2, "mapping 2"}, false, t0);
  CHECK(count<action::adopt_configuration>(todo) == 1);
  CHECK(state.status().mode == sync_mode::upsert);
  CHECK(state.status().next_type == run_type::full);
  CHECK(state.status().next_reason == "the mapping changed");
  const auto next = state.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.warnings.size() == 1);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a mapping that is changed back before a run was never changed") {
  succeed();
  state.reconfigure({"customers", sync_mode::mirror, 2, "mapping 2"}, false, t0);
  state.reconfigure({"customers", sync_mode::mirror, 2, "mapping 1"}, false, t0);
  CHECK(state.status().next_type == run_type::incremental);
}

TEST_CASE_FIXTURE(machine_fixture, "a run finishes on the configuration that it began with") {
  begin();
  CHECK(state.reconfigure({"customers", sync_mode::upsert, 2, "mapping 2"}, false, t0).empty());
  CHECK(state.state() == connection_state::running);
  CHECK(state.status().mode == sync_mode::mirror);
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  state.start({.wait = true}, "run-2", t0);
  const auto todo = state.closed(t0);
  CHECK(count<action::adopt_configuration>(todo) == 1);
  CHECK(only<action::record_run>(todo).run.mode == sync_mode::upsert);
}

TEST_CASE_FIXTURE(machine_fixture, "a run whose rows go elsewhere now halts and drains") {
  begin();
  const auto todo = state.reconfigure({"customers", sync_mode::upsert, 2, "mapping 1"}, true, t0);
  CHECK(count<action::cancel_reader>(todo) == 1);
  CHECK(state.state() == connection_state::draining);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "what is foreseen is the run that a start begins, and begins nothing") {
  const auto foreseen = [&](bool full) {
    const auto before = state.memory();
    const auto what = state.foresee(full, t0);
    CHECK(state.memory() == before);
    return what;
  };
  const auto check_same = [](const run_record& seen, run_record begun) {
    begun.run = {};
    CHECK(seen == begun);
  };
  const auto first = foreseen(false);
  CHECK(first.reason == "it is the first one");
  check_same(first.run.run, state.start({}, "run-1", t0).run);
  static_cast<void>(state.not_recorded({}));
  succeed();
  const auto next = foreseen(false);
  CHECK(next.run.run.type == run_type::incremental);
  CHECK(next.reason.empty());
  CHECK(next.warnings.empty());
  const auto full = foreseen(true);
  CHECK(full.run.run.type == run_type::full);
  CHECK(full.reason == "it is asked for");
  check_same(full.run.run, state.start({.full = true}, "run-2", t0).run);
}

TEST_CASE_FIXTURE(machine_fixture, "while a full run is active, what is foreseen continues it") {
  begin();
  const auto seen = state.foresee(false, t0);
  CHECK(seen.run.run.type == run_type::full);
  CHECK(seen.run.run.continues == "run-1");
  CHECK(seen.run.run.epoch == 1);
  CHECK(seen.reason == "the full run run-1 is not over yet");
  REQUIRE(seen.warnings.size() == 1);
  CHECK(state.foresee(true, t0).run.run.epoch == 2);
}
