// Runs that begin by themselves: schedules on virtual time, and connections that follow another.
#include <doctest/doctest.h>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// A connection that is due at every full minute, and a clock that goes with the timers.
struct scheduled_world : test::outside_world {
  scheduled_world() {
    schedule::every plan;
    plan.interval = 1min;
    config.schedule = plan;
    for (long id = 1; id <= 10; ++id) source.rows[id] = "value";
  }
  /// Lets time pass, second by second.
  void pass(test::connection_fixture& node, std::chrono::seconds time) {
    for (auto t = 0s; t < time; t += 1s) {
      now = std::chrono::floor<std::chrono::seconds>(now) + 1s;
      node.advance(1s);
    }
  }
  [[nodiscard]] std::size_t count(run_state state) const {
    return static_cast<std::size_t>(std::count_if(
        told.begin(), told.end(), [&](const run_ended& e) { return e.run.state == state; }));
  }
};

std::vector<run_record> runs_of(test::connection_fixture& node) {
  return node.ask<run_list>(node.supervisor, command::runs{"customers", {.limit = 1000}})
      .get()
      .runs;
}

}  // namespace

TEST_CASE_FIXTURE(scheduled_world, "a scheduled connection runs at every due time and no other") {
  test::connection_fixture node(*this);
  pass(node, 10min);
  CHECK(told.size() == 10);
  for (const auto& e : told) {
    CHECK(e.run.trigger == run_trigger::schedule);
    CHECK(e.run.state == run_state::succeeded);
    const auto late = e.run.started_at - std::chrono::floor<std::chrono::minutes>(e.run.started_at);
    CHECK(late < 1s);
  }
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(scheduled_world, "after downtime there is one run for all that were missed") {
  {
    test::connection_fixture node(*this);
    pass(node, 2min);
  }
  const auto before = told.size();
  now += 24h;
  test::connection_fixture node(*this);
  pass(node, 1s);
  CHECK(told.size() == before + 1);
  pass(node, 2min);
  CHECK(told.size() == before + 3);
}

TEST_CASE_FIXTURE(scheduled_world, "runs that are due during a long one are skipped and listed") {
  test::connection_fixture node(*this);
  // Another run holds the only slot, so the first due run waits and stays active.
  node.ask<bool>(node.slots, acquire_atom_v, run_id("other"), timestamp{0ms});
  pass(node, 3min);
  CHECK(node.status().waiting_for_slot);
  CHECK(count(run_state::skipped) == 2);
  node.self->send(node.slots, release_atom_v, run_id("other"));
  pass(node, 1s);
  CHECK(count(run_state::succeeded) == 1);
  const auto listed = runs_of(node);
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].state == run_state::skipped);
  CHECK(listed[0].failed.code == errc::already_running);
  CHECK(listed[2].state == run_state::succeeded);
}

TEST_CASE_FIXTURE(scheduled_world, "a clock set forward or back causes no storm") {
  test::connection_fixture node(*this);
  pass(node, 1min);
  REQUIRE(told.size() == 1);
  now += 30 * 24h;
  pass(node, 1min);  // the timer of the old time
  CHECK(told.size() >= 2);
  CHECK(told.size() <= 3);
  now -= 365 * 24h;
  const auto before = told.size();
  pass(node, 10min);
  CHECK(told.size() >= before + 9);
  CHECK(told.size() <= before + 11);
}

TEST_CASE_FIXTURE(scheduled_world, "a disabled connection stays quiet, also after a restart") {
  {
    test::connection_fixture node(*this);
    pass(node, 1min);
    CHECK(node.ask<connection_status>(node.supervisor, command::disable{"customers"}).get().state ==
          connection_state::disabled);
    pass(node, 5min);
    CHECK(told.size() == 1);
  }
  test::connection_fixture node(*this);
  pass(node, 5min);
  CHECK(told.size() == 1);
  CHECK(node.start().failed.code == errc::disabled);
  node.ask<connection_status>(node.supervisor, command::enable{"customers"});
  pass(node, 1min);
  CHECK(told.size() == 2);
}

TEST_CASE_FIXTURE(test::outside_world,
                  "a connection runs whenever the one that it follows has succeeded") {
  config.schedule = schedule::after{"orders"};
  test::connection_fixture node(*this);
  CHECK_FALSE(node.status().next_run_at);
  const auto end = [&](const char* connection, run_state state) {
    run_record run;
    run.connection = connection_name(connection);
    run.state = state;
    node.self->send(node.succession, ended_atom_v, run);
    node.run();
    return told.size();
  };
  CHECK(end("orders", run_state::failed) == 0);
  CHECK(end("orders", run_state::skipped) == 0);
  CHECK(end("others", run_state::succeeded) == 0);
  CHECK(end("orders", run_state::succeeded) == 1);
  CHECK(told.back().run.trigger == run_trigger::schedule);
}

TEST_CASE_FIXTURE(test::outside_world, "slots are granted in the order in which runs became due") {
  test::connection_fixture node(*this);
  node.ask<bool>(node.slots, acquire_atom_v, run_id("first"), timestamp{50ms});
  auto late = node.send_request(node.slots, acquire_atom_v, run_id("late"), timestamp{90ms});
  node.run();
  auto early = node.send_request(node.slots, acquire_atom_v, run_id("early"), timestamp{60ms});
  node.run();
  node.self->send(node.slots, release_atom_v, run_id("first"));
  node.run();
  CHECK(node.receive<bool>(early).arrived);
  CHECK_FALSE(node.receive<bool>(late).arrived);
}

// -- what an operator changes ---------------------------------------------------------------------

TEST_CASE_FIXTURE(scheduled_world, "a reset forgets the ledger and everything is delivered again") {
  test::connection_fixture node(*this);
  node.sync();
  const auto status =
      node.ask<connection_status>(node.supervisor, command::reset{"customers"}).get();
  CHECK(status.ledger_rows == 0);
  CHECK(status.next_type == run_type::full);
  CHECK(status.next_reason == "the ledger was reset");
  const auto run = node.sync();
  CHECK(run.type == run_type::full);
  CHECK(run.counters.inserts == 10);
  CHECK(run.warnings.empty());
}

TEST_CASE_FIXTURE(scheduled_world,
                  "rows that are assumed to be synced are not sent, and changes are") {
  test::connection_fixture node(*this);
  const auto assumed = node.sync({.assume_synced = true});
  CHECK(assumed.state == run_state::succeeded);
  CHECK(assumed.counters.unchanged == 10);
  CHECK(assumed.counters.deltas() == 0);
  CHECK(assumed.warnings.size() == 1);
  CHECK(destination.deliveries() == 0);
  source.rows[3] = "changed";
  const auto run = node.sync();
  CHECK(run.type == run_type::incremental);
  CHECK(run.counters.updates == 1);
  CHECK(run.counters.unchanged == 9);
  CHECK(destination.deliveries() == 1);
}

TEST_CASE_FIXTURE(scheduled_world,
                  "an assumption that crashed goes on where it was and sends nothing") {
  config.initial = config::initial_backfill::assume_synced;
  {
    test::connection_fixture node(*this);
    node.start();
    node.run_until([&] { return source.fetched >= 5; });
  }
  test::connection_fixture node(*this);
  CHECK(node.status().next_reason.find("sends none") != std::string::npos);
  const auto run = node.sync();
  CHECK(run.counters.unchanged == 10);
  CHECK(destination.deliveries() == 0);
  CHECK(node.sync().type == run_type::incremental);
}

TEST_CASE_FIXTURE(scheduled_world, "a connection takes its new configuration between runs") {
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  auto changed = std::make_shared<actors::run_services>(*node.services);
  changed->config.mode = sync_mode::upsert;
  changed->config.schedule = schedule::manual{};
  auto pending = node.send_request(node.supervisor, reload_atom_v, changed_connection{changed});
  node.run();
  CHECK_FALSE(node.receive<bool>(pending).get());
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::succeeded);
  CHECK(ended.mode == sync_mode::mirror);
  CHECK(node.status().mode == sync_mode::upsert);
  CHECK_FALSE(node.status().next_run_at);
}

TEST_CASE_FIXTURE(scheduled_world, "a run whose key is another now halts and drains") {
  test::connection_fixture node(*this);
  const auto run = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 3; });
  auto changed = std::make_shared<actors::run_services>(*node.services);
  changed->config.source.key = {"name"};
  auto pending = node.send_request(node.supervisor, reload_atom_v, changed_connection{changed});
  node.run();
  CHECK(node.receive<bool>(pending).get());
  const auto ended =
      node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
  CHECK(ended.state == run_state::stopped);
}
