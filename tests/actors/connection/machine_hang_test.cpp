// What a supervisor decides about readers and writers that do not end when they are told to.
#include <doctest/doctest.h>

#include "actors/connection/connection_machine.hpp"
#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::actors;
using namespace std::chrono_literals;
using test::t0;

namespace {

const run_id run = "run-1";

template <class A>
const A* find(const actions& todo) {
  for (const auto& a : todo)
    if (const auto* found = std::get_if<A>(&a)) return found;
  return nullptr;
}

template <class A>
const A& first_of(const actions& todo) {
  const auto* const found = find<A>(todo);
  REQUIRE(found != nullptr);
  return *found;
}

/// A run of two writers that have been sent 10 and 5 rows.
struct hang_fixture {
  connection_machine::settings settings{.connection = "customers",
                                        .writers = 2,
                                        .mapping_identity = "mapping 1",
                                        .schedule = schedule::every{1h, {}, {}},
                                        .writer_patience = 40s};
  connection_machine state{settings, {}, std::nullopt};
  std::uint32_t last_timer = 0;

  hang_fixture() {
    state.keep_schedule(t0);
    state.start({}, run, t0);
    state.recorded(t0);
    state.slot_granted();
    state.progressed(progress());
  }
  static read_progress progress() {
    read_progress p;
    p.counters.read = p.counters.inserts = 15;
    p.sent = {10, 5};
    p.batches = 2;
    return p;
  }
  actions halt(pass_end end = pass_end::cancelled) {
    reading_halted h;
    h.end = end;
    h.at = t0;
    h.total = progress();
    return noted(state.halted(h, t0));
  }
  actions drain(std::uint32_t writer) {
    noted(state.settled({writer_number{writer}, 1, writer == 0 ? 10u : 5u, 0, 0}));
    return noted(state.drained({writer_number{writer}, {}}, t0));
  }
  actions stop(bool abandon) { return noted(state.stop(abandon, t0).todo); }
  actions give_up_drain() { return noted(state.drain_timed_out(run)); }
  actions time_out() { return noted(state.hang_timed_out(run, last_timer, t0 + 70s)); }
  /// Remembers the timer that was armed last.
  actions noted(actions todo) {
    if (const auto* const armed = find<action::arm_hang_timer>(todo)) last_timer = armed->timer;
    return todo;
  }
  /// What is told of the threads that hang, as the actor around the state does.
  void hang(const std::string& who) { state.hanging({{run, who, t0 + 70s}}); }
};

}  // namespace

TEST_CASE_FIXTURE(hang_fixture, "a reader that hangs is set aside when the drain was given up") {
  CHECK(find<action::arm_hang_timer>(stop(false)) == nullptr);
  CHECK(first_of<action::arm_hang_timer>(give_up_drain()).patience == active_run::obeys_within);
  auto todo = time_out();
  CHECK(first_of<action::set_aside>(todo).reader);
  CHECK(first_of<action::set_aside>(todo).writers.empty());
  CHECK(first_of<action::end_rows>(todo).writers ==
        std::vector<writer_number>{writer_number{0}, writer_number{1}});
  CHECK(first_of<action::arm_hang_timer>(todo).patience == 40s);
  drain(0);
  const auto closed = first_of<action::close_run>(drain(1));  // no settling without the reader
  CHECK(closed.run.state == run_state::failed);
  CHECK(closed.run.failed.operation == "read model");
  CHECK(closed.run.counters.delivered == 15);
  CHECK(closed.memory.next_type == run_type::full);
}

TEST_CASE_FIXTURE(hang_fixture, "a stop with now waits for a hung reader only as long as for one") {
  const auto todo = stop(true);
  CHECK(find<action::abandon_writers>(todo) != nullptr);
  CHECK(first_of<action::arm_hang_timer>(todo).patience == active_run::obeys_within);
}

TEST_CASE_FIXTURE(hang_fixture, "a writer that hangs leaves its rows undelivered and in doubt") {
  stop(true);
  halt();
  drain(0);
  CHECK(first_of<action::arm_hang_timer>(time_out()).patience == 38s);  // the reader has halted
  auto todo = time_out();
  CHECK(first_of<action::set_aside>(todo).writers == std::vector<writer_number>{writer_number{1}});
  CHECK_FALSE(first_of<action::set_aside>(todo).reader);
  CHECK_FALSE(first_of<action::settle_ledger>(todo).merge);
  const auto end = first_of<action::close_run>(state.ledger_settled(row_count{10}, {}, t0));
  CHECK(end.run.failed.operation == "deliver");
  CHECK(end.run.counters.delivered == 10);
  CHECK(end.run.counters.undelivered == 5);
}

TEST_CASE_FIXTURE(hang_fixture, "a run whose rows all arrived succeeds though its reader hangs") {
  halt(pass_end::complete);
  drain(0);
  CHECK(find<action::settle_ledger>(drain(1)) != nullptr);
  const auto todo = stop(false);
  CHECK(find<action::cancel_reader>(todo) != nullptr);  // interrupts what it closes
  CHECK(find<action::arm_drain_timer>(todo) != nullptr);
  CHECK(state.state() == connection_state::draining);
  CHECK(first_of<action::arm_hang_timer>(give_up_drain()).patience == active_run::obeys_within);
  const auto end = time_out();
  CHECK(first_of<action::set_aside>(end).reader);
  const auto& record = first_of<action::close_run>(end).run;
  CHECK(record.state == run_state::succeeded);
  REQUIRE(record.warnings.size() == 1);
  CHECK(record.warnings[0].find("hangs") != std::string::npos);
}

TEST_CASE_FIXTURE(hang_fixture, "the ledger is waited for when the drain was given up before") {
  stop(true);
  halt();
  drain(0);
  drain(1);
  SUBCASE("while it closes the source, not for long") {
    CHECK(first_of<action::arm_hang_timer>(time_out()).patience == active_run::obeys_within);
  }
  SUBCASE("and longer once the source is left") {
    state.entered(run_phase::draining, "");
    CHECK(first_of<action::arm_hang_timer>(time_out()).patience == active_run::leaves_within);
  }
  CHECK(first_of<action::set_aside>(time_out()).reader);
}

TEST_CASE_FIXTURE(hang_fixture, "a run that is complete ends though nobody stops its hung reader") {
  halt(pass_end::complete);
  drain(0);
  const auto settling = drain(1);
  CHECK(first_of<action::settle_ledger>(settling).merge);
  CHECK(first_of<action::arm_hang_timer>(settling).patience == active_run::leaves_within);
  const auto hurried = time_out();
  CHECK(find<action::cancel_reader>(hurried) != nullptr);
  CHECK(find<action::set_aside>(hurried) == nullptr);
  const auto end = time_out();
  CHECK(first_of<action::set_aside>(end).reader);
  const auto& record = first_of<action::close_run>(end).run;
  CHECK(record.state == run_state::succeeded);
  REQUIRE(record.warnings.size() == 1);
  CHECK(record.warnings[0].find("leave source and ledger") != std::string::npos);
}

TEST_CASE_FIXTURE(hang_fixture, "a ledger is merged for as long as that takes") {
  halt(pass_end::complete);
  state.entered(run_phase::draining, "");
  drain(0);
  CHECK(find<action::arm_hang_timer>(drain(1)) == nullptr);
  CHECK(time_out().empty());
  // Or the source is left later than its end is told.
  CHECK(first_of<action::close_run>(state.ledger_settled(row_count{15}, {}, t0)).run.state ==
        run_state::succeeded);
}

TEST_CASE_FIXTURE(hang_fixture,
                  "a run that is complete ends without a writer that hangs at its end") {
  noted(state.settled({writer_number{0}, 1, 10, 0, 0}));
  noted(state.settled({writer_number{1}, 1, 5, 0, 0}));
  const auto all_done = halt(pass_end::complete);
  CHECK(first_of<action::arm_hang_timer>(all_done).patience == active_run::leaves_within + 38s);
  noted(state.drained({writer_number{0}, {}}, t0));
  const auto hurried = time_out();
  CHECK(find<action::abandon_writers>(hurried) != nullptr);
  const auto left = time_out();
  CHECK(first_of<action::set_aside>(left).writers == std::vector<writer_number>{writer_number{1}});
  const auto record = first_of<action::close_run>(state.ledger_settled(row_count{15}, {}, t0)).run;
  CHECK(record.state == run_state::succeeded);
  CHECK(record.counters.delivered == 15);
  CHECK(record.counters.undelivered == 0);
  REQUIRE(record.warnings.size() == 1);
  CHECK(record.warnings[0].find("hangs") != std::string::npos);
}

TEST_CASE_FIXTURE(hang_fixture,
                  "a writer that lets go when it is interrupted cuts no merge short") {
  noted(state.settled({writer_number{0}, 1, 10, 0, 0}));
  noted(state.settled({writer_number{1}, 1, 5, 0, 0}));
  halt(pass_end::complete);
  state.entered(run_phase::draining, "");
  CHECK(find<action::abandon_writers>(time_out()) != nullptr);
  noted(state.drained({writer_number{0}, {}}, t0));
  CHECK(first_of<action::settle_ledger>(noted(state.drained({writer_number{1}, {}}, t0))).merge);
  CHECK(time_out().empty());
  const auto end = first_of<action::close_run>(state.ledger_settled(row_count{15}, {}, t0));
  CHECK(end.run.state == run_state::succeeded);
  CHECK(end.run.warnings.empty());
}

TEST_CASE_FIXTURE(hang_fixture, "a stop gives those who leave the time of a drain") {
  noted(state.settled({writer_number{0}, 1, 10, 0, 0}));
  noted(state.settled({writer_number{1}, 1, 5, 0, 0}));
  halt(pass_end::complete);
  const auto before = last_timer;
  CHECK(find<action::arm_drain_timer>(stop(false)) != nullptr);
  CHECK(state.hang_timed_out(run, before, t0).empty());
  CHECK(first_of<action::arm_hang_timer>(give_up_drain()).patience == 40s);
  CHECK(state.hang_timed_out(run, before, t0).empty());
}

TEST_CASE_FIXTURE(hang_fixture, "whoever ends in time is not set aside") {
  stop(true);
  halt();
  drain(0);
  drain(1);
  CHECK(find<action::close_run>(state.ledger_settled(row_count{15}, {}, t0)) != nullptr);
  CHECK(time_out().empty());
  state.closed(t0);
  CHECK(time_out().empty());
}

TEST_CASE_FIXTURE(hang_fixture,
                  "a connection with a thread that hangs takes no run, and says why") {
  stop(true);
  time_out();
  drain(0);
  drain(1);
  hang("reader");
  CHECK(state.start({.wait = true}, "run-2", t0).run.state == run_state::postponed);
  const auto todo = state.closed(t0);
  CHECK(first_of<action::refuse_start>(todo).why.code == errc::hanging);
  CHECK(find<action::record_run>(todo) == nullptr);

  const auto status = state.status();
  CHECK(status.state == connection_state::idle);
  CHECK(status.hung_threads == 1);
  CHECK(status.blocked.code == errc::hanging);
  CHECK(status.blocked.cause.find("reader of run run-1") != std::string::npos);
  CHECK(status.blocked.hint.find("restart the node") != std::string::npos);
  CHECK(state.start({}, "run-3", t0).refused == status.blocked);
  CHECK(state.start({.wait = true}, "run-3", t0).refused.code == errc::hanging);
  CHECK(state.refuse_reset().code == errc::hanging);
  const auto skipped = state.wake("run-4", t0 + 1h);
  CHECK(first_of<action::record_skipped>(skipped).run.failed.code == errc::hanging);

  state.hanging({});
  CHECK_FALSE(state.status().blocked);
  CHECK_FALSE(state.start({}, "run-5", t0 + 1h).refused);
}

TEST_CASE_FIXTURE(hang_fixture, "what a thread reports when it is back changes no record") {
  stop(true);
  time_out();
  time_out();
  hang("reader");
  CHECK(halt(pass_end::complete).empty());
  CHECK(state.settled({writer_number{0}, 1, 10, 0, 0}).empty());
  CHECK(state.writer_failed({errc::destination_failed, "deliver", "", "late", ""}, t0).empty());
  CHECK(drain(0).empty());
  CHECK(state.ledger_settled(row_count{3}, {}, t0).empty());
  state.closed(t0);
  const auto recorded = state.status().run;
  REQUIRE(recorded);
  CHECK(recorded->state == run_state::failed);
  CHECK(recorded->counters.undelivered == 15);
  // None of it meets a run any more.
  CHECK(halt(pass_end::complete).empty());
  CHECK(state.settled({writer_number{0}, 1, 10, 0, 0}).empty());
  CHECK(drain(0).empty());
  CHECK(state.ledger_settled(row_count{3}, {}, t0).empty());
  state.opened({});
  state.progressed(progress());
  CHECK(state.status().run == recorded);
}

TEST_CASE("threads that hang are known until they let go, whoever asks") {
  hung_threads all;
  auto alive = std::make_shared<int>();
  all.add("customers", {run, "reader", t0}, alive);
  all.add("customers", {run, "writer 0", t0}, std::shared_ptr<int>());
  CHECK(all.of("customers") == std::vector<hung_thread>{{run, "reader", t0}});
  CHECK(all.of("orders").empty());
  CHECK(all.count() == 1);
  alive.reset();
  CHECK(all.of("customers").empty());
  CHECK(all.count() == 0);
}
