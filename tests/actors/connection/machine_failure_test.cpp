// What a run comes to that fails.
//
//   running ──reader or writer failed, too many rows rejected──► draining
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(machine_fixture,
                  "a reader that fails ends the run as failed while the rest drains") {
  begin();
  const auto todo = halt(pass_end::failed, 6, 0, source_gone);
  CHECK(count<action::cancel_reader>(todo) == 0);
  CHECK(count<action::arm_drain_timer>(todo) == 1);
  CHECK(state.state() == connection_state::draining);
  deliver(0, 6);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed == source_gone);
  CHECK(end.run.counters.delivered == 6);
  CHECK(end.memory.next_type == run_type::full);
  CHECK(end.memory.continues == "run-1");
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a reader that crashes is replaced by end markers from the supervisor") {
  begin();
  send(6, 0);
  state.drained({writer_number{1}, {}}, t0);
  const auto todo = state.reader_down(source_gone, t0);
  CHECK(only<action::end_rows>(todo).writers == std::vector<writer_number>{writer_number{0}});
  deliver(0, 6);
  // Without a reader nobody settles the ledger: the next open replays it.
  const auto closing = state.drained({writer_number{0}, {}}, t0);
  CHECK(count<action::settle_ledger>(closing) == 0);
  CHECK(only<action::close_run>(closing).run.state == run_state::failed);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a writer that fails halts the reader and what it holds is undelivered") {
  begin();
  send(10, 10);
  const auto todo = state.writer_failed(target_gone, t0);
  CHECK(count<action::cancel_reader>(todo) == 1);
  state.settled({writer_number{0}, 1, 0, 0, 10});
  deliver(1, 10);
  halt(pass_end::cancelled, 10, 10);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed == target_gone);
  CHECK(end.run.counters.undelivered == 10);
}

TEST_CASE_FIXTURE(machine_fixture, "what a crashed writer held counts as undelivered") {
  begin();
  send(10, 10);
  deliver(0, 4);
  state.writer_down(writer_number{0}, target_gone, t0);
  halt(pass_end::cancelled, 12, 10);
  deliver(1, 10);
  const auto todo = state.drained({writer_number{1}, {}}, t0);
  CHECK(count<action::settle_ledger>(todo) == 1);
  const auto end = settle();
  CHECK(end.run.counters.delivered == 14);
  CHECK(end.run.counters.undelivered == 8);
  CHECK(end.run.counters.settled() == end.run.counters.deltas());
}

TEST_CASE_FIXTURE(machine_fixture, "the first error is the one that is reported") {
  begin();
  state.writer_failed(target_gone, t0);
  halt(pass_end::failed, 0, 0, source_gone);
  drain();
  CHECK(settle().run.failed == target_gone);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "rows that no writer got confirmed fail the run once with their number") {
  begin();
  send(3, 4);
  halt(pass_end::complete, 3, 4);
  state.settled({writer_number{0}, 1, 1, 0, 2});
  state.settled({writer_number{1}, 1, 1, 0, 3});
  state.drained({writer_number{0}, {}, 2}, t0);
  CHECK(only<action::settle_ledger>(state.drained({writer_number{1}, {}, 3}, t0)).merge);
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed.code == errc::destination_failed);
  CHECK(end.run.failed.cause == "what became of 5 rows is not known");
  CHECK(end.memory.next_type == run_type::full);
}

TEST_CASE_FIXTURE(machine_fixture, "a guarded run fails although its pass was complete") {
  begin();
  halt(pass_end::complete, 3, 0, {errc::guarded, "delete", "customers", "too many", ""});
  deliver(0, 3);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed.code == errc::guarded);
}

TEST_CASE_FIXTURE(machine_fixture,
                  "a reader that crashes while it settles the ledger does not hold the run up") {
  begin();
  halt(pass_end::complete, 0, 0);
  drain();
  const auto todo = state.reader_down({errc::ledger_failed, "merge", "", "disk full", ""}, t0);
  CHECK(only<action::close_run>(todo).run.failed.code == errc::ledger_failed);
}

namespace {

struct guarded_fixture {
  explicit guarded_fixture(std::uint32_t percent, std::uint64_t listed = 0)
      : state({.connection = "c", .mapping_identity = "m", .max_rejected_percent = percent}, {},
              std::nullopt) {
    state.listed(row_count(listed));
    state.start({}, "run-1", t0);
    state.recorded(t0);
    state.slot_granted();
    read_progress p;
    p.sent = {100'000};
    state.progressed(p);
  }
  actions settle(std::uint64_t delivered, std::uint64_t rejected) {
    return state.settled({.delivered = delivered, .rejected = rejected, .refused_for = "no TLS"});
  }
  connection_machine state;
};

}  // namespace

TEST_CASE("a run of which more than the allowed part is rejected ends, and what is left stays") {
  guarded_fixture f(50);
  CHECK(f.settle(0, 999).empty());
  const auto todo = f.settle(0, 1);
  CHECK(count<action::cancel_reader>(todo) == 1);
  CHECK(count<action::abandon_writers>(todo) == 1);
  const auto run = *f.state.find("run-1");
  CHECK(run.failed.code == errc::guarded);
  CHECK(run.failed.cause.find("1000 of the first 1000") != std::string::npos);
  CHECK(run.failed.cause.find("no TLS") != std::string::npos);
  CHECK(run.failed.cause.find("max_rejected_percent is 50") != std::string::npos);
  CHECK(run.failed.hint.find("max_rejected_percent") != std::string::npos);
  CHECK(f.settle(0, 1000).empty());  // once
}

TEST_CASE("as many rejected rows as are allowed end no run") {
  guarded_fixture half(50);
  CHECK(half.settle(500, 500).empty());
  CHECK(half.settle(5'000, 5'000).empty());
  CHECK_FALSE(half.settle(0, 1).empty());
  guarded_fixture any(100);
  CHECK(any.settle(0, 1'000'000).empty());
  guarded_fixture none(0);
  CHECK(none.settle(999, 0).empty());
  CHECK_FALSE(none.settle(0, 1).empty());
}

TEST_CASE("rows that were rejected before tell nothing new") {
  guarded_fixture f(99, 5'000);
  CHECK(f.settle(10, 5'000).empty());
  CHECK(f.settle(0, 980).empty());
  CHECK_FALSE(f.settle(0, 300).empty());
}
