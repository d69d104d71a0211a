// What a connection tells of its runs, their rows and its configuration, asked of a real
// supervisor.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct asked_world : test::hundred_rows {
  static run_list runs(test::connection_fixture& node, const run_query& which) {
    return node.ask<run_list>(node.supervisor, command::runs{"customers", which}).get();
  }
  static test::answer<row_log_page> rows(test::connection_fixture& node,
                                         const row_log_query& which) {
    return node.ask<row_log_page>(node.supervisor, command::row_log{"customers", which});
  }
  static test::answer<run_record> stop(test::connection_fixture& node, const run_id& run) {
    auto pending = node.send_request(node.supervisor, command::stop{"customers", {.run = run}});
    node.run_until([&] { return node.self->has_next_message(); });
    return node.receive<run_record>(pending);
  }
  /// Asks while a run goes on, and lets it go no further than it must.
  static run_list runs_meanwhile(test::connection_fixture& node, const run_query& which) {
    auto pending = node.send_request(node.supervisor, command::runs{"customers", which});
    node.run_until([&] { return node.self->has_next_message(); });
    return node.receive<run_list>(pending).get();
  }
};

const start_once once{"key", "body"};

}  // namespace

TEST_CASE_FIXTURE(asked_world, "the active run and the postponed ones are listed as they are") {
  test::connection_fixture node(*this);
  node.sync();
  const auto active = node.start({.full = true}).get();
  node.run_until([&] { return destination.deliveries() >= 110; });
  node.stop();
  const auto postponed = node.start({.wait = true}).get();
  const auto found = runs_meanwhile(
      node, {.limit = 10, .states = {run_state::draining, run_state::postponed}, .count = true});
  REQUIRE(found.runs.size() == 2);
  CHECK(found.total == 2);
  CHECK(found.runs[0].run == postponed.run);
  CHECK(found.runs[0].phase == run_phase::waiting);
  CHECK(found.runs[1].run == active.run);
  CHECK(found.runs[1].phase == run_phase::draining);
  node.run();
  CHECK(runs(node, {.limit = 10}).runs.size() == 3);
}

TEST_CASE_FIXTURE(asked_world, "a start with a key is one run, also after a restart of the node") {
  std::string first;
  {
    test::connection_fixture node(*this);
    first = node.sync({.once = once}).run;
    CHECK(node.start({.once = once}).get().run == first);
    CHECK(runs(node, {.limit = 10}).runs.size() == 1);
  }
  test::connection_fixture node(*this);
  const auto again = node.start({.once = once}).get();
  CHECK(again.run == first);
  CHECK(again.state == run_state::succeeded);
  CHECK(node.start({.once = {once.key, "another"}}).failed.code == errc::key_reused);
  CHECK(node.sync({.once = {"key 2", "body"}}).run != first);
  now += 24h;
  CHECK(node.start({.once = once}).get().run != first);
}

TEST_CASE_FIXTURE(asked_world, "a start whose node crashes is known by its key afterwards") {
  std::string first;
  {
    test::connection_fixture node(*this);
    first = node.start({.once = once}).get().run;
  }
  test::connection_fixture node(*this);
  const auto again = node.start({.once = once}).get();
  CHECK(again.run == first);
  CHECK(again.state == run_state::interrupted);
}

TEST_CASE_FIXTURE(asked_world, "a postponed start with a key is the same run however it ends") {
  test::connection_fixture node(*this);
  node.start();
  const auto postponed = node.start({.wait = true, .once = once}).get();
  const auto again = node.start({.wait = true, .once = once}).get();
  CHECK(again.run == postponed.run);
  CHECK(again.state == run_state::postponed);
  const auto withdrawn = stop(node, postponed.run).get();
  CHECK(withdrawn.state == run_state::stopped);
  node.run();
  CHECK(runs(node, {.limit = 10}).runs.size() == 2);
  CHECK(node.start({.wait = true, .once = once}).get() == withdrawn);
  CHECK(runs(node, {.limit = 10, .states = {run_state::stopped}}).runs.front() == withdrawn);
}

TEST_CASE_FIXTURE(asked_world, "whoever follows a postponed run hears that it was withdrawn") {
  test::connection_fixture node(*this);
  node.start();
  const auto postponed = node.start({.wait = true}).get();
  auto pending =
      node.send_request(node.supervisor, command::await{"customers", postponed.run, std::chrono::seconds(60)});
  CHECK(stop(node, postponed.run).arrived);
  node.run_until([&] { return node.self->has_next_message(); });
  CHECK(node.receive<run_record>(pending).get().state == run_state::stopped);
  node.run();
  CHECK(destination.deliveries() == 100);
}

TEST_CASE_FIXTURE(asked_world, "a stop that names another run than the active one is refused") {
  test::connection_fixture node(*this);
  const auto before = node.sync().run;
  const auto active = node.start({.full = true}).get().run;
  CHECK(stop(node, before).failed.code == errc::not_running);
  CHECK(node.status().state == connection_state::running);
  CHECK(stop(node, active).get().state == run_state::draining);
}

TEST_CASE_FIXTURE(asked_world, "the row log of a run is read page by page") {
  config.row_log = true;
  test::connection_fixture node(*this);
  const auto run = node.sync().run;
  row_log_query which{.run = run, .limit = 40};
  std::size_t found = 0;
  do {
    const auto page = rows(node, which).get();
    for (const auto& line : page.lines) {
      const auto row = nlohmann::json::parse(line);
      CHECK(row["outcome"] == "delivered");
      CHECK(row["key_text"] == row["key"].dump());
    }
    found += page.lines.size();
    which.cursor = page.next;
  } while (!which.cursor.empty());
  CHECK(found == 100);
  CHECK(rows(node, {.run = run, .outcome = "rejected", .limit = 5}).get().lines.empty());
}

TEST_CASE_FIXTURE(asked_world, "where there is no row log the answer says why") {
  test::connection_fixture node(*this);
  const auto run = node.sync().run;
  const auto none = rows(node, {.run = run, .limit = 5});
  CHECK(none.failed.cause == "the connection keeps no row logs");
  CHECK(none.failed.hint.find("row_log") != std::string::npos);
  CHECK(rows(node, {.run = "../../secret", .limit = 5}).failed.cause ==
        "the connection has no such run");
}

TEST_CASE_FIXTURE(asked_world, "a row log that is gone is told from one without rows") {
  config.row_log = true;
  test::connection_fixture node(*this);
  const auto run = node.sync().run;
  const auto empty = node.sync().run;
  CHECK(rows(node, {.run = empty, .limit = 5}).get() == row_log_page{});
  std::filesystem::remove(row_log_of(run));
  CHECK(rows(node, {.run = run, .limit = 5}).failed.cause ==
        "there is no row log of this run any more");
}

TEST_CASE_FIXTURE(asked_world, "a connection tells the configuration that it was given") {
  config.shown = {"/etc/sluice/customers.json", R"({"mode": "mirror"})", {"/mode"}};
  test::connection_fixture node(*this);
  const auto shown =
      node.ask<shown_configuration>(node.supervisor, command::configuration{"customers"}).get();
  CHECK(shown ==
        shown_configuration{"/etc/sluice/customers.json", R"({"mode": "mirror"})", {"/mode"}});
}
