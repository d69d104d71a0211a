// How a run ends, and what is remembered of it.
//
//   running, draining ──run closed──► idle
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(machine_fixture, "a complete pass whose batches all arrived succeeds") {
  begin();
  send(100, 50);
  CHECK(halt(pass_end::complete, 100, 50).empty());
  deliver(0, 100);
  deliver(1, 50);
  CHECK(only<action::settle_ledger>(drain()).merge);
  const auto end = settle();
  CHECK(end.run.state == run_state::succeeded);
  CHECK(end.run.counters.delivered == 150);
  CHECK(end.run.finished_at == t0 + 10ms);
  CHECK(end.settles == settled_rows::all);
  CHECK(end.memory.next_type == run_type::incremental);
  CHECK(end.memory.ledger_rows == 42);
  CHECK(state.state() == connection_state::running);  // until the end is durable
  const auto todo = state.closed(t0);
  CHECK(count<action::release_slot>(todo) == 1);
  CHECK(only<action::announce_end>(todo).ended.run.state == run_state::succeeded);
  CHECK(state.state() == connection_state::idle);
}

TEST_CASE_FIXTURE(machine_fixture, "a run about some rows settles those and leaves the rest") {
  start_options some;
  some.rows.add(R"({"id": 7})");
  begin(some);
  reading_halted h;
  h.chosen_keys = {"packed 7"};
  state.halted(h, t0);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::succeeded);
  CHECK(end.settles == settled_rows{settled_rows::chosen, {"packed 7"}});
}

TEST_CASE_FIXTURE(machine_fixture, "a node that ends does not wait for a run that never began") {
  state.start({}, "run-1", t0);
  CHECK(count<action::quit>(state.shutdown(false, t0)) == 0);
  CHECK(count<action::quit>(
            state.not_recorded({errc::catalog_failed, "record", "", "disk full", ""})) == 1);
}

TEST_CASE_FIXTURE(
    machine_fixture,
    "an end that cannot be recorded is offered again and no start is accepted meanwhile") {
  begin();
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  const error full{errc::catalog_failed, "record", "", "disk full", ""};
  CHECK(count<action::retry_close>(state.not_closed(full)) == 1);
  CHECK(count<action::retry_close>(state.not_closed(full)) == 1);
  CHECK(state.find("run-1")->warnings.size() == 1);
  CHECK(state.start({}, "run-2", t0).refused.code == errc::already_running);
  CHECK(only<action::close_run>(state.retry_close()).run.state == run_state::succeeded);
  state.closed(t0);
  CHECK(state.state() == connection_state::idle);
}

TEST_CASE_FIXTURE(machine_fixture, "a run that succeeds after one that failed has recovered") {
  begin();
  halt(pass_end::failed, 0, 0, source_gone);
  drain();
  settle();
  CHECK_FALSE(only<action::announce_end>(state.closed(t0)).ended.recovered);
  begin({}, "run-2");
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(only<action::announce_end>(state.closed(t0)).ended.recovered);
  begin({}, "run-3");
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK_FALSE(only<action::announce_end>(state.closed(t0)).ended.recovered);
}

TEST_CASE("a run that succeeds after one that was interrupted has recovered") {
  machine_fixture f;
  run_record before;
  before.state = run_state::interrupted;
  f.state = connection_machine{{"customers", sync_mode::mirror, 2, "mapping 1"}, {}, before};
  f.begin();
  f.halt(pass_end::complete, 0, 0);
  f.drain();
  f.settle();
  CHECK(only<action::announce_end>(f.state.closed(t0)).ended.recovered);
}

TEST_CASE_FIXTURE(machine_fixture, "a checkpoint counts once its run has succeeded") {
  begin();
  reading_halted h;
  h.reached = checkpoint{"updated_at", "7"};
  h.whole_source = false;
  state.halted(h, t0);
  CHECK_FALSE(state.memory().read_to);
  drain();
  const auto end = settle();
  CHECK(end.memory.read_to == h.reached);
  CHECK(end.settles == settled_rows::keyed);
}

namespace {

const checkpoint ten{"at", "10"};
const checkpoint eleven{"at", "11"};

/// A connection that reads by a cursor and has read to ten.
struct cursor_fixture : machine_fixture {
  cursor_fixture() { restart(true); }

  void restart(bool by_cursor) {
    memory.read_to = ten;
    memory.next_type = run_type::incremental;
    memory.mapping_identity = "mapping 1";
    connection_machine::settings settings{"customers", sync_mode::upsert, 2, "mapping 1"};
    settings.by_cursor = by_cursor;
    state = connection_machine(settings, memory, run_record{});
  }
  /// A run that read to `reached`; what is remembered once it has ended.
  std::optional<checkpoint> after_run(bool whole, std::optional<checkpoint> reached,
                                      bool all_listed = true, pass_end end = pass_end::complete) {
    begin();
    if (end != pass_end::complete) state.stop(false, t0);
    reading_halted h;
    h.end = end;
    h.at = t0;
    h.total = progress(0, 0);
    h.whole_source = whole;
    h.reached = std::move(reached);
    state.halted(h, t0);
    state.drained({writer_number{0}, {}}, t0);
    state.drained({writer_number{1}, {}, 0, all_listed}, t0);
    return settle().memory.read_to;
  }
};

}  // namespace

TEST_CASE_FIXTURE(machine_fixture, "the end of a run is shown once it is recorded") {
  begin();
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  const auto before = state.find("run-1");
  CHECK(before->state == run_state::running);
  CHECK(before->waiting_for == "its end to be recorded");
  CHECK_FALSE(before->finished_at);
  state.closed(t0);
  CHECK(state.find("run-1")->state == run_state::succeeded);
}

TEST_CASE_FIXTURE(cursor_fixture, "the reader learns how far earlier runs have read") {
  state.start({}, "run-1", t0);
  state.recorded(t0);
  CHECK(only<action::spawn_run>(state.slot_granted()).read_to == ten);
}

TEST_CASE_FIXTURE(cursor_fixture, "the checkpoint moves only when a run succeeds") {
  CHECK(after_run(false, eleven) == eleven);
  restart(true);
  CHECK(after_run(false, std::nullopt, true, pass_end::cancelled) == ten);
  restart(true);
  CHECK(after_run(true, eleven) == eleven);
  restart(true);
  // Nothing has a cursor any more.
  CHECK(after_run(true, std::nullopt) == std::nullopt);
}

TEST_CASE_FIXTURE(cursor_fixture,
                  "the checkpoint passes no rejected row that the catalog does not list") {
  CHECK(after_run(false, eleven, false) == ten);
  CHECK(state.find("run-1")->warnings.size() == 1);
  state.closed(t0);
  CHECK(state.find("run-1")->state == run_state::succeeded);
  restart(true);
  // What was rejected and is not listed may lie before ten.
  CHECK(after_run(true, eleven, false) == std::nullopt);
}

TEST_CASE_FIXTURE(cursor_fixture, "after a reset reading begins anew") {
  state.reset();
  state.start({}, "run-1", t0);
  state.recorded(t0);
  CHECK_FALSE(only<action::spawn_run>(state.slot_granted()).read_to);
}

TEST_CASE_FIXTURE(cursor_fixture, "a run without a cursor forgets the checkpoint as it begins") {
  restart(false);
  const auto d = state.start({}, "run-1", t0);
  CHECK_FALSE(only<action::record_run>(d.todo).memory.read_to);
}
