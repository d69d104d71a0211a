// What operators are told of a connection: its next run, the phase of the present one, and what is
// late.
#include <doctest/doctest.h>

#include "actors/connection/connection_machine.hpp"
#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::actors;
using namespace std::chrono_literals;
using test::t0;

namespace {

template <class A>
std::vector<A> all_of(const actions& todo) {
  std::vector<A> found;
  for (const auto& a : todo)
    if (const auto* one = std::get_if<A>(&a)) found.push_back(*one);
  return found;
}

connection_machine::settings some_settings() {
  connection_machine::settings s;
  s.connection = "customers";
  s.mapping_identity = "mapping 1";
  s.ledger_identity = "ledger 1";
  return s;
}

struct status_fixture {
  connection_machine::settings settings = some_settings();
  connection_machine state{settings, {}, std::nullopt};

  void begin(const run_id& run = "run-1", const start_options& options = {}) {
    REQUIRE_FALSE(state.start(options, run, t0).refused);
    state.recorded(t0);
    state.slot_granted();
  }
  void open(run_type type = run_type::full) { state.opened({type, 1, {}}); }
  run_ended end(pass_end how, error why = {}) {
    reading_halted h;
    h.end = how;
    h.failed = std::move(why);
    state.halted(h, t0);
    state.drained({writer_number{0}, {}}, t0);
    state.ledger_settled(row_count{42}, {}, t0);
    return all_of<action::announce_end>(state.closed(t0)).at(0).ended;
  }
  void succeed(const run_id& run = "run-1") {
    begin(run);
    open();
    end(pass_end::complete);
  }
  void configure(const connection_machine::settings& next) { state.reconfigure(next, false, t0); }
  run_record present() { return *state.status().run; }
};

const error gone{errc::source_failed, "read model", "customers", "gone", ""};

}  // namespace

TEST_CASE_FIXTURE(status_fixture, "another key source or destination makes the next run full") {
  succeed();
  CHECK(state.status().next_type == run_type::incremental);
  auto moved = settings;
  moved.ledger_identity = "ledger 2";
  configure(moved);
  CHECK(state.status().next_type == run_type::full);
  CHECK(state.status().next_reason == "key, source or destination changed");
  begin("run-2");
  CHECK(present().type == run_type::full);
  CHECK(present().reason == "key, source or destination changed");
  open();
  end(pass_end::complete);
  CHECK(state.status().next_type == run_type::incremental);
}

TEST_CASE_FIXTURE(status_fixture, "changed back before a run a destination is the old one") {
  succeed();
  auto moved = settings;
  moved.ledger_identity = "ledger 2";
  configure(moved);
  configure(settings);
  CHECK(state.status().next_type == run_type::incremental);
}

TEST_CASE_FIXTURE(status_fixture, "a next run continues only what it can continue") {
  begin();
  open();
  CHECK_FALSE(state.status().continues);
  state.stop(false, t0, "ada@dwh1");
  CHECK(end(pass_end::cancelled).run.stopped_by == "ada@dwh1");
  CHECK(state.status().continues);
  auto moved = settings;
  moved.ledger_identity = "ledger 2";
  configure(moved);
  CHECK_FALSE(state.status().continues);
  configure(settings);
  auto mapped = settings;
  mapped.mapping_identity = "mapping 2";
  configure(mapped);
  CHECK_FALSE(state.status().continues);
  configure(settings);
  CHECK(state.status().continues);
  state.reset();
  CHECK_FALSE(state.status().continues);
}

TEST_CASE_FIXTURE(status_fixture, "a run says why it is full unless that was asked for") {
  begin();
  CHECK(present().reason.empty());  // the first one
  open();
  end(pass_end::complete);
  begin("run-2", {.full = true});
  CHECK(present().reason.empty());
  open();
  end(pass_end::complete);
  auto mapped = settings;
  mapped.mapping_identity = "mapping 2";
  configure(mapped);
  begin("run-3");
  CHECK(present().reason == "the mapping changed");
  open();
  end(pass_end::complete);
  begin("run-4");
  CHECK(present().type == run_type::incremental);
  state.opened({run_type::full, 2, {}, {}, "its ledger is gone"});
  CHECK(present().reason == "its ledger is gone");
}

TEST_CASE_FIXTURE(status_fixture, "a run tells what it does from its start to its drain") {
  state.start({.requested_by = "ada@dwh1"}, "run-1", t0);
  state.recorded(t0);
  CHECK(present().phase == run_phase::waiting);
  CHECK(present().waiting_for.find("max_running_syncs") != std::string::npos);
  CHECK(present().requested_by == "ada@dwh1");
  state.slot_granted();
  CHECK(present().phase == run_phase::connecting);
  CHECK(present().waiting_for.empty());
  open();
  state.entered(run_phase::querying, "");
  CHECK(present().phase == run_phase::querying);
  state.entered(run_phase::reading, "");
  CHECK(present().phase == run_phase::reading);
  reading_halted h;
  state.halted(h, t0);
  CHECK(present().phase == run_phase::delivering);
  state.stop(false, t0);
  CHECK(present().phase == run_phase::draining);
  state.drained({writer_number{0}, {}}, t0);
  state.ledger_settled(row_count{1}, {}, t0);
  state.closed(t0);
  CHECK_FALSE(present().phase);
}

TEST_CASE_FIXTURE(status_fixture, "a start that waits says for what") {
  begin();
  state.start({.wait = true}, "run-2", t0);
  CHECK(state.find("run-2")->phase == run_phase::waiting);
  CHECK(state.find("run-2")->waiting_for == "the present run to end");
}

TEST_CASE_FIXTURE(status_fixture, "the rows of the ledger are counted while a run goes on") {
  begin();
  open();
  read_progress p;
  p.sent = {10};
  state.progressed(p);
  batch_settled b;
  b.delivered = 10;
  b.ledger_rows = 10;
  state.settled(b);
  CHECK(state.status().ledger_rows == 10);
  CHECK(state.memory().ledger_rows == 10);
}

TEST_CASE_FIXTURE(status_fixture, "a disabled connection says so while its run drains") {
  begin();
  state.disable(t0);
  CHECK(state.status().state == connection_state::draining);
  CHECK_FALSE(state.status().enabled);
  CHECK(present().stopped_by == "disable");
}

TEST_CASE_FIXTURE(status_fixture, "a connection that goes says so while its run drains") {
  begin();
  state.shutdown(false, t0);
  CHECK(state.status().leaving);
}

TEST_CASE("a connection that follows another one says for what it waits") {
  auto s = some_settings();
  s.schedule = schedule::after{"orders"};
  connection_machine state{s, {}, std::nullopt};
  state.keep_schedule(t0);
  CHECK(state.status().waiting_for == "orders to succeed");
}

TEST_CASE("a run that takes too long is told of once for each time that somebody named") {
  auto s = some_settings();
  s.late = {1min, 1h};
  connection_machine state{s, {}, std::nullopt};
  CHECK_FALSE(state.late_after(t0));  // nothing is expected
  state.start({}, "run-1", t0);
  CHECK(state.late_after(t0) == 1min);
  CHECK(state.look_late(t0 + 59s).empty());
  const auto told = all_of<action::announce_late>(state.look_late(t0 + 1min));
  REQUIRE(told.size() == 1);
  CHECK(told[0].late.run.run == "run-1");
  CHECK(told[0].late.late_after == 60s);
  CHECK(state.look_late(t0 + 2min).empty());
  CHECK(state.late_after(t0 + 2min) == 58min);
  CHECK(all_of<action::announce_late>(state.look_late(t0 + 2h)).size() == 1);
  CHECK_FALSE(state.late_after(t0 + 2h));
}

TEST_CASE_FIXTURE(status_fixture, "the run that ends a delay says so and the next one does not") {
  settings.late = {1min};
  configure(settings);
  begin();
  state.look_late(t0 + 1min);
  open();
  CHECK(end(pass_end::failed, gone).was_late);
  begin("run-2");
  open();
  const auto well = end(pass_end::complete);
  CHECK(well.was_late);
  CHECK(well.recovered);
  CHECK(well.before->run == "run-1");
  begin("run-3");
  open();
  CHECK_FALSE(end(pass_end::complete).was_late);
}

TEST_CASE("a run that does not come is late and has no id") {
  auto s = some_settings();
  s.schedule = schedule::after{"orders"};
  s.late = {1h};
  connection_machine state{s, {}, std::nullopt};
  state.keep_schedule(t0);
  CHECK(state.late_after(t0) == 1h);
  const auto told = all_of<action::announce_late>(state.look_late(t0 + 1h));
  REQUIRE(told.size() == 1);
  CHECK(told[0].late.run.run.empty());
  CHECK(told[0].late.run.connection == "customers");
  CHECK(told[0].late.run.waiting_for == "orders to succeed");
  state.disable(t0);
  CHECK_FALSE(state.late_after(t0));
}

TEST_CASE_FIXTURE(status_fixture, "a stop between two runs does not hide what was wrong before") {
  begin();
  open();
  end(pass_end::failed, gone);
  begin("run-2");
  open();
  state.stop(false, t0);
  CHECK(end(pass_end::cancelled).run.state == run_state::stopped);
  begin("run-3");
  open();
  CHECK(end(pass_end::complete).before->run == "run-1");
}

TEST_CASE_FIXTURE(status_fixture, "rows count as delivered when they are confirmed, and once") {
  settings.upsert_rate = 10;
  connection_machine limited{settings, {}, std::nullopt};
  REQUIRE_FALSE(limited.start({}, "run-1", t0).refused);
  limited.recorded(t0);
  limited.slot_granted();
  limited.opened({run_type::full, 1, {}});
  read_progress p;
  p.counters.read = p.counters.inserts = 100;
  p.sent = {100};
  p.batches = 2;
  limited.progressed(p);
  const auto run = [&] { return *limited.status().run; };
  limited.confirmed(writer_number{0}, {.inserts = 30});
  CHECK(run().counters.delivered == 30);
  limited.confirmed(writer_number{0}, {.inserts = 40});
  CHECK(run().counters.delivered == 40);
  limited.settled({.batches = 1, .delivered = 45, .rejected = 5});
  CHECK(run().counters.delivered == 45);
  CHECK(run().counters.rejected == 5);
  limited.confirmed(writer_number{0}, {.inserts = 20});
  CHECK(run().counters.delivered == 65);
  // What is confirmed need not be waited for any more.
  limited.stop(false, t0);
  CHECK(run().drain_expected == 3s);
  limited.settled({.batches = 1, .delivered = 20, .undelivered = 30});
  CHECK(run().counters.delivered == 65);
  CHECK(run().counters.undelivered == 30);
}

TEST_CASE_FIXTURE(status_fixture,
                  "what a lost writer had confirmed is not called delivered in the end") {
  begin();
  open();
  read_progress p;
  p.counters.read = p.counters.inserts = 10;
  p.sent = {10};
  p.batches = 1;
  state.progressed(p);
  state.confirmed(writer_number{0}, {.inserts = 4});
  CHECK(present().counters.delivered == 4);
  state.writer_down(writer_number{0}, gone, t0);
  reading_halted h;
  h.end = pass_end::cancelled;
  h.total = p;
  state.halted(h, t0);
  state.ledger_settled(row_count{0}, {}, t0);
  CHECK(present().counters.delivered == 0);
  CHECK(present().counters.undelivered == 10);
}
