#include "actors/connection/supervisor_state.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace sluice;
using namespace sluice::actors;
using namespace std::chrono_literals;

namespace {

constexpr timestamp t0{1'000'000ms};

template <class A>
std::size_t count(const actions& todo) {
  std::size_t n = 0;
  for (const auto& a : todo) n += std::holds_alternative<A>(a) ? 1 : 0;
  return n;
}

template <class A>
const A& only(const actions& todo) {
  REQUIRE(count<A>(todo) == 1);
  for (const auto& a : todo)
    if (std::holds_alternative<A>(a)) return std::get<A>(a);
  throw std::logic_error("unreachable");
}

/// A state with two writers and short names for the usual events.
struct state_fixture {
  connection_memory memory;
  supervisor_state state{{"customers", sync_mode::mirror, 2, "mapping 1"}, memory, std::nullopt};

  void begin(const start_options& options = {}, const std::string& run = "run-1") {
    const auto d = state.start(options, run, t0);
    REQUIRE_FALSE(d.refused);
    REQUIRE(count<action::record_run>(d.todo) == 1);
    REQUIRE(count<action::acquire_slot>(state.recorded(t0)) == 1);
    REQUIRE(count<action::spawn_run>(state.slot_granted()) == 1);
  }
  void send(std::uint64_t to_first, std::uint64_t to_second) {
    state.progressed(progress(to_first, to_second));
  }
  static read_progress progress(std::uint64_t to_first, std::uint64_t to_second) {
    read_progress p;
    p.counters.read = to_first + to_second;
    p.counters.inserts = to_first + to_second;
    p.sent = {to_first, to_second};
    p.batches = (to_first > 0 ? 1 : 0) + (to_second > 0 ? 1 : 0);
    return p;
  }
  actions halt(pass_end end, std::uint64_t to_first, std::uint64_t to_second, error why = {}) {
    reading_halted h;
    h.end = end;
    h.at = t0 + 5ms;
    h.total = progress(to_first, to_second);
    h.failed = std::move(why);
    return state.halted(h, t0 + 5ms);
  }
  void deliver(std::uint32_t writer, std::uint64_t n) { state.settled({writer, 1, n, 0, 0}); }
  /// Lets both writers drain; returns what the last one leads to.
  actions drain() {
    CHECK(state.drained({0, {}}, t0 + 9ms).empty());
    return state.drained({1, {}}, t0 + 9ms);
  }
  /// From `settle_ledger` to the end that is recorded.
  action::close_run settle() {
    return only<action::close_run>(state.ledger_settled(42, {}, t0 + 10ms));
  }
  run_record succeed() {
    begin();
    halt(pass_end::complete, 0, 0);
    drain();
    const auto end = settle();
    state.closed(t0);
    return end.run;
  }
};

const error source_gone{errc::source_failed, "read model", "customers", "gone", ""};
const error target_gone{errc::destination_failed, "deliver", "customers", "gone", ""};

}  // namespace

TEST_CASE_FIXTURE(state_fixture, "the first run is full and begins epoch 1") {
  const auto d = state.start({}, "run-1", t0);
  const auto& recorded = only<action::record_run>(d.todo);
  CHECK(recorded.run.type == run_type::full);
  CHECK(recorded.run.epoch == 1);
  CHECK_FALSE(recorded.run.continues);
  CHECK(state.state() == connection_state::running);
}

TEST_CASE_FIXTURE(state_fixture,
                  "nothing is spawned before the run is recorded and a slot is granted") {
  CHECK(count<action::spawn_run>(state.start({}, "run-1", t0).todo) == 0);
  const auto recorded = state.recorded(t0);
  CHECK(only<action::announce_start>(recorded).run.run == "run-1");
  CHECK(count<action::spawn_run>(recorded) == 0);
  CHECK(count<action::spawn_run>(state.slot_granted()) == 1);
}

TEST_CASE_FIXTURE(state_fixture, "a run that the catalog cannot record does not begin") {
  state.start({}, "run-1", t0);
  const auto todo = state.not_recorded({errc::catalog_failed, "record", "", "disk full", ""});
  CHECK(only<action::refuse_start>(todo).why.code == errc::catalog_failed);
  CHECK(state.state() == connection_state::idle);
}

TEST_CASE_FIXTURE(state_fixture, "a node that ends does not wait for a run that never began") {
  state.start({}, "run-1", t0);
  CHECK(count<action::quit>(state.shutdown(false, t0)) == 0);
  CHECK(count<action::quit>(
            state.not_recorded({errc::catalog_failed, "record", "", "disk full", ""})) == 1);
}

TEST_CASE_FIXTURE(state_fixture, "a complete pass whose batches all arrived succeeds") {
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

TEST_CASE_FIXTURE(state_fixture, "the run after a full one is incremental") {
  succeed();
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.run.type == run_type::incremental);
  CHECK(d.run.epoch == 1);
}

TEST_CASE_FIXTURE(state_fixture, "a start while running is refused and names the run") {
  begin();
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.refused.code == errc::already_running);
  CHECK(d.refused.cause.find("run-1") != std::string::npos);
  CHECK(d.todo.empty());
}

TEST_CASE_FIXTURE(state_fixture, "a start while draining is refused with counts") {
  begin();
  send(30, 12);
  state.stop(false, t0);
  const auto d = state.start({}, "run-2", t0);
  CHECK(d.refused.code == errc::draining);
  CHECK(d.refused.cause.find("42 deltas in 2 batches") != std::string::npos);
}

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture, "a postponed start whose owner went away never begins") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  state.withdraw("run-2");
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(count<action::record_run>(state.closed(t0)) == 0);
  CHECK_FALSE(state.find("run-2"));
}

TEST_CASE_FIXTURE(state_fixture, "postponed starts are bounded") {
  begin();
  for (std::size_t i = 0; i < supervisor_state::max_postponed; ++i)
    CHECK_FALSE(state.start({.wait = true}, "p" + std::to_string(i), t0).refused);
  CHECK(state.start({.wait = true}, "one more", t0).refused.code == errc::already_running);
}

TEST_CASE("a drain into a destination with a rate limit says how long it takes yet") {
  state_fixture f;
  f.state = supervisor_state({"customers", sync_mode::upsert, 2, "mapping", 20.0, 5.0}, {}, {});
  f.begin();
  f.send(100, 50);
  CHECK_FALSE(f.state.status().run->drain_expected_ms);
  CHECK(f.state.stop(false, t0 + 4ms).run.drain_expected_ms == 7500);
  f.deliver(0, 100);
  CHECK(f.state.status().run->drain_expected_ms == 2500);
  f.halt(pass_end::cancelled, 100, 50);
  f.deliver(1, 50);
  f.drain();
  CHECK_FALSE(f.settle().run.drain_expected_ms);
}

TEST_CASE_FIXTURE(state_fixture, "a stop cancels the reader and arms the drain's time-out") {
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

TEST_CASE_FIXTURE(state_fixture,
                  "in flight at the stop counts batches that left before the cancel arrived") {
  begin();
  send(30, 10);
  deliver(0, 5);
  state.stop(false, t0);
  deliver(0, 25);
  halt(pass_end::cancelled, 30, 20);
  CHECK(state.find("run-1")->in_flight_at_stop == 45);
}

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture, "a forced full run begins a new epoch and continues nothing") {
  succeed();
  const auto d = state.start({.full = true}, "run-2", t0);
  CHECK(d.run.type == run_type::full);
  CHECK(d.run.epoch == 2);
  CHECK_FALSE(d.run.continues);
}

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture,
                  "a stop while waiting for a slot ends the run and a late slot starts nothing") {
  state.start({}, "run-1", t0);
  state.recorded(t0);
  const auto d = state.stop(false, t0);
  CHECK(only<action::close_run>(d.todo).run.state == run_state::stopped);
  CHECK(state.slot_granted().empty());
  CHECK(count<action::release_slot>(state.closed(t0)) == 1);
}

TEST_CASE_FIXTURE(state_fixture,
                  "a second stop changes nothing and a stop with now abandons the drain once") {
  begin();
  state.stop(false, t0);
  CHECK(state.stop(false, t0 + 1ms).todo.empty());
  CHECK(state.find("run-1")->stop_requested_at == t0);
  CHECK(count<action::abandon_writers>(state.stop(true, t0).todo) == 1);
  CHECK(state.stop(true, t0).todo.empty());
}

TEST_CASE_FIXTURE(state_fixture, "a stop without a run is refused") {
  CHECK(state.stop(false, t0).refused.code == errc::not_running);
  succeed();
  CHECK(state.stop(false, t0).refused.code == errc::not_running);
}

TEST_CASE_FIXTURE(
    state_fixture,
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

TEST_CASE_FIXTURE(state_fixture,
                  "a drain that takes too long is abandoned and leftovers are undelivered") {
  begin();
  const auto run = only<action::arm_drain_timer>(state.stop(false, t0).todo).run;
  halt(pass_end::cancelled, 8, 8);
  CHECK(count<action::abandon_writers>(state.drain_timed_out(run)) == 1);
  state.settled({0, 1, 3, 0, 5});
  state.settled({1, 1, 0, 0, 8});
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::stopped);
  CHECK(end.run.counters.delivered == 3);
  CHECK(end.run.counters.undelivered == 13);
}

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture,
                  "a reader that crashes is replaced by end markers from the supervisor") {
  begin();
  send(6, 0);
  state.drained({1, {}}, t0);
  const auto todo = state.reader_down(source_gone, t0);
  CHECK(only<action::end_rows>(todo).writers == std::vector<std::uint32_t>{0});
  deliver(0, 6);
  // Without a reader nobody settles the ledger: the next open replays it.
  const auto closing = state.drained({0, {}}, t0);
  CHECK(count<action::settle_ledger>(closing) == 0);
  CHECK(only<action::close_run>(closing).run.state == run_state::failed);
}

TEST_CASE_FIXTURE(state_fixture,
                  "a writer that fails halts the reader and what it holds is undelivered") {
  begin();
  send(10, 10);
  const auto todo = state.writer_failed(target_gone, t0);
  CHECK(count<action::cancel_reader>(todo) == 1);
  state.settled({0, 1, 0, 0, 10});
  deliver(1, 10);
  halt(pass_end::cancelled, 10, 10);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed == target_gone);
  CHECK(end.run.counters.undelivered == 10);
}

TEST_CASE_FIXTURE(state_fixture, "what a crashed writer held counts as undelivered") {
  begin();
  send(10, 10);
  deliver(0, 4);
  state.writer_down(0, target_gone, t0);
  halt(pass_end::cancelled, 12, 10);
  deliver(1, 10);
  const auto todo = state.drained({1, {}}, t0);
  CHECK(count<action::settle_ledger>(todo) == 1);
  const auto end = settle();
  CHECK(end.run.counters.delivered == 14);
  CHECK(end.run.counters.undelivered == 8);
  CHECK(end.run.counters.settled() == end.run.counters.deltas());
}

TEST_CASE_FIXTURE(state_fixture, "the first error is the one that is reported") {
  begin();
  state.writer_failed(target_gone, t0);
  halt(pass_end::failed, 0, 0, source_gone);
  drain();
  CHECK(settle().run.failed == target_gone);
}

TEST_CASE_FIXTURE(state_fixture,
                  "rows that no writer got confirmed fail the run once with their number") {
  begin();
  send(3, 4);
  halt(pass_end::complete, 3, 4);
  state.settled({0, 1, 1, 0, 2});
  state.settled({1, 1, 1, 0, 3});
  state.drained({0, {}, 2}, t0);
  CHECK(only<action::settle_ledger>(state.drained({1, {}, 3}, t0)).merge);
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed.code == errc::destination_failed);
  CHECK(end.run.failed.cause == "what became of 5 rows is not known");
  CHECK(end.memory.next_type == run_type::full);
}

TEST_CASE_FIXTURE(state_fixture, "a guarded run fails although its pass was complete") {
  begin();
  halt(pass_end::complete, 3, 0, {errc::guarded, "delete", "customers", "too many", ""});
  deliver(0, 3);
  drain();
  const auto end = settle();
  CHECK(end.run.state == run_state::failed);
  CHECK(end.run.failed.code == errc::guarded);
}

TEST_CASE_FIXTURE(state_fixture,
                  "a reader that crashes while it settles the ledger does not hold the run up") {
  begin();
  halt(pass_end::complete, 0, 0);
  drain();
  const auto todo = state.reader_down({errc::ledger_failed, "merge", "", "disk full", ""}, t0);
  CHECK(only<action::close_run>(todo).run.failed.code == errc::ledger_failed);
}

TEST_CASE_FIXTURE(
    state_fixture,
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

TEST_CASE_FIXTURE(state_fixture, "a shutdown drains the run then quits and accepts no start") {
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

TEST_CASE_FIXTURE(state_fixture,
                  "a shutdown while idle quits at once and does not wait for a failing catalog") {
  CHECK(count<action::quit>(state.shutdown(false, t0)) == 1);
  state_fixture other;
  other.begin();
  other.state.shutdown(false, t0);
  other.halt(pass_end::cancelled, 0, 0);
  other.drain();
  other.settle();
  CHECK(count<action::quit>(other.state.not_closed({errc::catalog_failed, "", "", "full", ""})) ==
        1);
}

TEST_CASE_FIXTURE(state_fixture, "a second shutdown with now abandons the drain") {
  begin();
  state.shutdown(false, t0);
  CHECK(count<action::abandon_writers>(state.shutdown(true, t0)) == 1);
}

TEST_CASE("a disabled connection refuses starts") {
  connection_memory memory;
  memory.enabled = false;
  supervisor_state state({"c", sync_mode::upsert, 1, "m"}, memory, std::nullopt);
  CHECK(state.state() == connection_state::disabled);
  CHECK(state.start({}, "run", t0).refused.code == errc::disabled);
}

TEST_CASE("a changed mapping makes the next run full in a new epoch and says so") {
  connection_memory memory;
  memory.next_type = run_type::incremental;
  memory.epoch = 4;
  memory.mapping_identity = "old";
  supervisor_state state({"c", sync_mode::upsert, 1, "new"}, memory, run_record{});
  const auto d = state.start({}, "run", t0);
  CHECK(d.run.type == run_type::full);
  CHECK(d.run.epoch == 5);
  CHECK(d.run.warnings.size() == 1);
  CHECK(only<action::record_run>(d.todo).memory.mapping_identity == "new");
}

TEST_CASE(
    "what the catalog holds while a run is active lets a killed node go on with the same type") {
  connection_memory memory;
  supervisor_state state({"c", sync_mode::upsert, 1, "m"}, memory, std::nullopt);
  const auto kept = only<action::record_run>(state.start({}, "run-1", t0).todo).memory;
  run_record interrupted;
  interrupted.run = "run-1";
  interrupted.state = run_state::interrupted;
  supervisor_state after({"c", sync_mode::upsert, 1, "m"}, kept, interrupted);
  const auto next = after.start({}, "run-2", t0).run;
  CHECK(next.type == run_type::full);
  CHECK(next.continues == "run-1");
  CHECK(next.epoch == 1);
}

TEST_CASE("a lost ledger turns an incremental run into a full one") {
  connection_memory memory;
  memory.next_type = run_type::incremental;
  memory.mapping_identity = "m";
  supervisor_state state({"c", sync_mode::upsert, 1, "m"}, memory, run_record{});
  state.start({}, "run-1", t0);
  state.recorded(t0);
  state.slot_granted();
  state.opened({run_type::full, 1, {"the ledger was lost"}});
  CHECK(state.find("run-1")->type == run_type::full);
  CHECK(state.find("run-1")->warnings.size() == 1);
  CHECK(state.memory().next_type == run_type::full);
}

TEST_CASE("counters add up after any order of events") {
  // Whatever arrives in whatever order that actors can produce, a run ends once, with counters that
  // add up and with no action left that waits for something that cannot come.
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
    supervisor_state state({"c", sync_mode::mirror, 2, "m"}, {}, std::nullopt);
    state.start({}, "run", t0);
    state.recorded(t0);
    state.slot_granted();

    std::uint64_t sent[2] = {0, 0}, settled[2] = {0, 0};
    bool writer_over[2] = {false, false}, marker = false, reader_over = false, reader_gone = false;
    bool cancelled = false, settle = false;
    std::optional<action::close_run> end;
    const auto react = [&](const actions& todo) {
      for (const auto& a : todo) {
        if (std::holds_alternative<action::cancel_reader>(a)) cancelled = true;
        if (std::holds_alternative<action::end_rows>(a)) marker = true;
        if (std::holds_alternative<action::settle_ledger>(a)) settle = true;
        if (const auto* c = std::get_if<action::close_run>(&a)) {
          REQUIRE_FALSE(end);
          end = *c;
        }
      }
    };
    const auto totals = [&] {
      read_progress p;
      p.sent = {sent[0], sent[1]};
      p.counters.read = p.counters.inserts = sent[0] + sent[1];
      return p;
    };
    for (int step = 0; step < 400 && !end; ++step) {
      const auto w = random() % 2;
      if (!reader_over && !cancelled && chance(30)) {
        sent[w] += 1 + random() % 10;
        state.progressed(totals());
      } else if (!writer_over[w] && settled[w] < sent[w] && chance(50)) {
        const auto n = 1 + random() % (sent[w] - settled[w]);
        settled[w] += n;
        const auto bad = random() % (n + 1);
        state.settled({static_cast<std::uint32_t>(w), 1, n - bad, bad / 2, bad - bad / 2});
      } else if (!writer_over[w] && marker && settled[w] == sent[w]) {
        writer_over[w] = true;
        react(state.drained({static_cast<std::uint32_t>(w), {}}, t0));
      } else if (!reader_over && (cancelled || chance(5))) {
        reader_over = marker = true;
        react(state.halted(
            {cancelled ? pass_end::cancelled : pass_end::complete, t0, totals(), {}, {}}, t0));
      } else if (!reader_gone && chance(2)) {
        reader_over = reader_gone = true;
        react(state.reader_down(source_gone, t0));
      } else if (!writer_over[w] && chance(2)) {
        writer_over[w] = true;
        react(state.writer_down(static_cast<std::uint32_t>(w), target_gone, t0));
      } else if (settle && !reader_gone) {
        reader_gone = true;
        react(state.ledger_settled(0, {}, t0));
      } else if (chance(3)) {
        react(state.stop(chance(30), t0).todo);
      } else if (!writer_over[w] && chance(2)) {
        react(state.writer_failed(target_gone, t0));
      }
    }
    REQUIRE(end);
    const auto& c = end->run.counters;
    CHECK(c.deltas() == c.settled());
    CHECK(c.read == c.unchanged + c.invalid + c.inserts + c.updates);
    CHECK(has_ended(end->run.state));
    state.closed(t0);
    CHECK(state.state() == connection_state::idle);
  }
}

// -- the schedule ---------------------------------------------------------------------------------

namespace {

/// Runs due at every full minute.
struct scheduled_fixture : state_fixture {
  scheduled_fixture() {
    schedule::every plan;
    plan.interval = 1min;
    settings.schedule = plan;
    state = supervisor_state(settings, memory, std::nullopt);
    state.keep_schedule(t0);
  }
  timestamp minute(int n) const { return std::chrono::ceil<std::chrono::minutes>(t0) + n * 1min; }

  supervisor_state::settings settings{"customers", sync_mode::mirror, 2, "mapping 1"};
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
  supervisor_state fresh(settings, memory, std::nullopt);
  CHECK(only<action::save_memory>(fresh.keep_schedule(t0)).memory.due_handled == t0);
  supervisor_state restarted(settings, fresh.memory(), std::nullopt);
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
  state.settled({.writer = 0, .ask_again_at = minute(3) + 1s});
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
  state.settled({.writer = 0, .ask_again_at = minute(30)});
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  state.closed(t0);
  const auto d = state.start({}, "run-2", minute(0));
  CHECK_FALSE(d.refused);
}

TEST_CASE_FIXTURE(scheduled_fixture, "a run that succeeds ends the wait for the destination") {
  begin();
  state.settled({.writer = 0, .ask_again_at = minute(30)});
  halt(pass_end::failed, 0, 0, {errc::destination_failed, "deliver", "api", "tomorrow", ""});
  drain();
  settle();
  state.closed(t0);
  succeed();
  CHECK(state.status().next_run_at == minute(0));
}

TEST_CASE("a connection that follows another one waits for its destination, too") {
  supervisor_state::settings settings{"c", sync_mode::upsert, 1, "m"};
  settings.schedule = schedule::after{"leader"};
  supervisor_state state(settings, {}, std::nullopt);
  state.keep_schedule(t0);
  state.start({}, "run-1", t0);
  state.recorded(t0);
  state.slot_granted();
  state.settled({.writer = 0, .ask_again_at = t0 + 30s});
  state.reader_down({errc::source_failed, "read", "c", "gone", ""}, t0);
  state.drained({0, {}}, t0);
  state.closed(t0);
  CHECK(state.due("run-2", t0 + 10s).empty());
  CHECK(state.due("run-3", t0 + 11s).empty());
  CHECK(state.wake_after(t0 + 11s) == 19s);
  CHECK(state.wake_after(t0 + 30s) == 0ms);
  CHECK(only<action::record_run>(state.wake("run-4", t0 + 30s)).run.run == "run-4");
  CHECK_FALSE(state.wake_after(t0 + 31s));
}

// -- the guard of rejections ----------------------------------------------------------------------

namespace {

struct guarded_fixture {
  explicit guarded_fixture(std::uint32_t percent, std::uint64_t listed = 0)
      : state({.connection = "c", .mapping_identity = "m", .max_rejected_percent = percent}, {},
              std::nullopt) {
    state.listed(listed);
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
  supervisor_state state;
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

// -- enabling and disabling -----------------------------------------------------------------------

TEST_CASE_FIXTURE(state_fixture, "disabling halts and drains, and the next run keeps the type") {
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

TEST_CASE_FIXTURE(state_fixture, "disabling refuses the starts that wait") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  CHECK(only<action::refuse_start>(state.disable(t0)).why.code == errc::disabled);
}

// -- reset ----------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(state_fixture, "after a reset the next run is full and in a new epoch") {
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

TEST_CASE_FIXTURE(state_fixture, "the ledger of a run that is active or drains is not forgotten") {
  begin();
  CHECK(state.refuse_reset().code == errc::already_running);
  state.stop(false, t0);
  CHECK(state.refuse_reset().code == errc::draining);
}

TEST_CASE_FIXTURE(state_fixture,
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

TEST_CASE_FIXTURE(state_fixture, "a first run assumes what is there if it was configured so") {
  supervisor_state::settings settings{"customers", sync_mode::mirror, 2, "mapping 1"};
  settings.assume_initially = true;
  state = supervisor_state(settings, memory, std::nullopt);
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

// -- another configuration ------------------------------------------------------------------------

TEST_CASE_FIXTURE(state_fixture, "another configuration is adopted at once while idle") {
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

TEST_CASE_FIXTURE(state_fixture, "a mapping that is changed back before a run was never changed") {
  succeed();
  state.reconfigure({"customers", sync_mode::mirror, 2, "mapping 2"}, false, t0);
  state.reconfigure({"customers", sync_mode::mirror, 2, "mapping 1"}, false, t0);
  CHECK(state.status().next_type == run_type::incremental);
}

TEST_CASE_FIXTURE(state_fixture, "a run finishes on the configuration that it began with") {
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

TEST_CASE_FIXTURE(state_fixture, "a run whose rows go elsewhere now halts and drains") {
  begin();
  const auto todo = state.reconfigure({"customers", sync_mode::upsert, 2, "mapping 1"}, true, t0);
  CHECK(count<action::cancel_reader>(todo) == 1);
  CHECK(state.state() == connection_state::draining);
}

TEST_CASE_FIXTURE(state_fixture, "a run that succeeds after one that failed has recovered") {
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
  state_fixture f;
  run_record before;
  before.state = run_state::interrupted;
  f.state = supervisor_state{{"customers", sync_mode::mirror, 2, "mapping 1"}, {}, before};
  f.begin();
  f.halt(pass_end::complete, 0, 0);
  f.drain();
  f.settle();
  CHECK(only<action::announce_end>(f.state.closed(t0)).ended.recovered);
}

TEST_CASE_FIXTURE(state_fixture, "a checkpoint counts once its run has succeeded") {
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

// -- checkpoints of a cursor ----------------------------------------------------------------------

namespace {

const checkpoint ten{"at", "10"};
const checkpoint eleven{"at", "11"};

/// A connection that reads by a cursor and has read to ten.
struct cursor_fixture : state_fixture {
  cursor_fixture() { restart(true); }

  void restart(bool by_cursor) {
    memory.read_to = ten;
    memory.next_type = run_type::incremental;
    memory.mapping_identity = "mapping 1";
    supervisor_state::settings settings{"customers", sync_mode::upsert, 2, "mapping 1"};
    settings.by_cursor = by_cursor;
    state = supervisor_state(settings, memory, run_record{});
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
    state.drained({0, {}}, t0);
    state.drained({1, {}, 0, all_listed}, t0);
    return settle().memory.read_to;
  }
};

}  // namespace

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

TEST_CASE_FIXTURE(state_fixture,
                  "what is foreseen is the run that a start begins, and begins nothing") {
  const auto foreseen = [&](bool full) {
    const auto before = state.memory();
    const auto what = state.foresee(full, t0);
    CHECK(state.memory() == before);
    return what;
  };
  const auto check_same = [](const run_record& seen, run_record begun) {
    begun.run.clear();
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

TEST_CASE_FIXTURE(state_fixture, "while a full run is active, what is foreseen continues it") {
  begin();
  const auto seen = state.foresee(false, t0);
  CHECK(seen.run.run.type == run_type::full);
  CHECK(seen.run.run.continues == "run-1");
  CHECK(seen.run.run.epoch == 1);
  CHECK(seen.reason == "the full run run-1 is not over yet");
  REQUIRE(seen.warnings.size() == 1);
  CHECK(state.foresee(true, t0).run.run.epoch == 2);
}
