// A node with much to do, and one that does nothing at all: commands are answered, or say in time
// that they are not.
#include <doctest/doctest.h>

#include <csignal>

#include <algorithm>
#include <chrono>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/e2e/program_start.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using steady = std::chrono::steady_clock;

namespace {

/// More rows than any test waits for, made as fast as the database can.
json endless_into_file(const test::database_fixture& source, const std::string& path) {
  const std::string query =
      source.kind() == odbc::product::postgresql
          ? "SELECT i AS id, 'name ' || i AS name FROM (SELECT generate_series(1, 1000000000) AS "
            "i) "
            "AS s"
          : "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 1000000000) "
            "SELECT i AS id, 'name ' || i AS name FROM s";
  return {{"source", {{"odbc", source.connection_string()}, {"query", query}, {"key", {"id"}}}},
          {"destination", {{"kind", "jsonl"}, {"path", path}}}};
}

}  // namespace

TEST_CASE("status is answered promptly while four syncs run at full speed") {
  const test::database_fixture sqlite(odbc::product::sqlite);
  const test::database_fixture postgresql(odbc::product::postgresql);
  test::node_fixture node;
  const std::vector<std::string> names{"a", "b", "c", "d"};
  for (const auto& name : names)
    node.connection(name,
                    endless_into_file(name < "c" ? sqlite : postgresql, "../" + name + ".jsonl"));
  node.start();
  for (const auto& name : names) {
    node.json({"sync", name});
    node.wait_for(name, [](const json& s) { return s["run"]["delivered"] > 0; });
  }
  std::vector<steady::duration> trips;
  std::vector<steady::duration> starts;
  std::map<std::string, std::uint64_t> read;
  while (trips.size() < 24) {
    const auto& name = names[trips.size() % names.size()];
    const auto begin = steady::now();
    const auto status = node.json({"status", name});
    trips.push_back(steady::now() - begin);
    starts.push_back(test::time_to_start(node.binary));
    CHECK(status["state"] == "running");
    CHECK(status["run"]["read"] >= read[name]);
    read[name] = status["run"]["read"];
  }
  // The promise is 100 ms within the node; here a program connects and ends as well, on a machine
  // that has other things to do. What its start takes there is measured beside.
  const auto slowest =
      std::chrono::ceil<std::chrono::milliseconds>(*std::max_element(trips.begin(), trips.end()));
  MESSAGE(trips.size(), " round trips, the slowest ", slowest.count(), " ms");
  CHECK(slowest < 500ms * test::slowdown + *std::max_element(starts.begin(), starts.end()));
  for (const auto& name : names) {
    const auto run = node.json({"stop", name, "--yes", "--wait"});
    CHECK(run["state"] == "stopped");
    CHECK(run["undelivered"] == 0);
    test::check_adds_up(run);
  }
  CHECK(node.terminate() == 0);
}

TEST_CASE("a frozen node is exit code 3 within the time-out and goes on when it thaws") {
  const test::database_fixture source(odbc::product::sqlite);
  const test::database_fixture target(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 1000)});
  target.run({test::customers_table});
  test::node_fixture node;
  node.connection("customers", test::mirror_customers(source, target));
  node.connection("endless", endless_into_file(source, "../endless.jsonl"));
  node.start();
  node.json({"sync", "endless"});
  node.wait_for("endless", [](const json& s) { return s["run"]["delivered"] > 0; });

  node.node().signal(SIGSTOP);
  const auto begin = steady::now();
  for (const auto& command : std::vector<std::vector<std::string>>{{"status", "endless"},
                                                                   {"connections"},
                                                                   {"sync", "customers", "--wait"},
                                                                   {"stop", "endless", "--yes"},
                                                                   {"shutdown"}}) {
    CAPTURE(command.front());
    auto words = command;
    words.insert(words.end(), {"--timeout", "300ms"});
    const auto error = node.json(words, 3)["error"];
    CHECK(error["code"] == "timed_out");
    const auto message = error["message"].get<std::string>();
    CHECK(message.find("300 ms") != std::string::npos);
    CHECK(message.find("node.sock") != std::string::npos);
    const auto pid = std::to_string(node.node().pid());
    CHECK(error["hint"].get<std::string>().find(pid) != std::string::npos);
  }
  CHECK(steady::now() - begin < 10s);  // five time-outs of 300 ms, and five programs

  // Nobody waited for an answer, so none of the commands was carried out.
  node.node().signal(SIGCONT);
  CHECK(node.json({"status", "endless"})["state"] == "running");
  CHECK(node.json({"status", "customers"})["run"].is_null());
  CHECK(node.json({"stop", "endless", "--yes", "--wait"})["undelivered"] == 0);
  CHECK(node.sync("customers")["delivered"] == 1000);
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(node.terminate() == 0);
}

TEST_CASE("a command that waits for a run notices that the node froze") {
  const test::database_fixture source(odbc::product::sqlite);
  test::node_fixture node;
  node.connection("endless", endless_into_file(source, "../endless.jsonl"));
  node.start();
  const auto waits = node.begin({"sync", "endless", "--wait", "--json", "--timeout", "2s"});
  node.wait_for("endless", [](const json& s) { return s["run"].is_object(); });
  node.node().signal(SIGSTOP);
  const auto ended = waits->wait(60s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 3);
  CHECK(json::parse(ended->output)["error"]["code"] == "timed_out");
  node.node().signal(SIGCONT);
  // Whoever waits may go; the run stays.
  CHECK(node.json({"status", "endless"})["state"] == "running");
  CHECK(node.json({"stop", "endless", "--yes", "--wait"})["state"] == "stopped");
}

TEST_CASE("two thousand connections are loaded and listed, and the first and the last one sync") {
  const test::database_fixture source(odbc::product::sqlite);
  const test::database_fixture target(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 10)});
  target.run({test::customers_table});
  const auto config = test::mirror_customers(source, target);
  test::node_fixture node;
  std::vector<std::string> names;
  for (int i = 1000; i < 3000; ++i) {
    names.push_back("c" + std::to_string(i));
    node.connection(names.back(), config);
  }
  node.start();
  const auto list = node.json({"connections"});
  REQUIRE(list.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(list[i]["connection"] == names[i]);
    CHECK(list[i]["state"] == "idle");
    CHECK(list[i]["next_type"] == "full");
  }
  for (const auto* name : {"c1000", "c2999"}) CHECK(node.sync(name)["delivered"] == 10);
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(node.terminate() == 0);
}
