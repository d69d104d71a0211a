// Syncs between real databases, driven by the real binary.
#include <doctest/doctest.h>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("every database mirrors into every database in full and incremental runs") {
  for (const auto from : test::every_database) {
    for (const auto to : test::every_database) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(to));
      const test::database_fixture source(from);
      const test::database_fixture target(to);
      source.run({test::customers_table, test::fill_customers(from, 3000)});
      target.run({test::customers_table});
      test::node_fixture node;
      node.connection("customers", test::mirror_customers(source, target));
      node.start();

      const auto full = node.sync("customers");
      CHECK(full["type"] == "full");
      CHECK(full["state"] == "succeeded");
      CHECK(full["inserts"] == 3000);
      CHECK(test::customers_of(target) == test::customers_of(source));

      source.run({"UPDATE customers SET name = 'changed' WHERE id <= 10",
                  "DELETE FROM customers WHERE id > 2990",
                  "INSERT INTO customers VALUES (5000, NULL, NULL)"});
      const auto incremental = node.sync("customers");
      CHECK(incremental["type"] == "incremental");
      CHECK(incremental["updates"] == 10);
      CHECK(incremental["deletes"] == 10);
      CHECK(incremental["inserts"] == 1);
      CHECK(incremental["unchanged"] == 2980);
      CHECK(test::customers_of(target) == test::customers_of(source));
      CHECK(node.terminate() == 0);
    }
  }
}

TEST_CASE("one bad row in a thousand is rejected and listed while the rest arrives") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    source.run({test::customers_table, test::fill_customers(kind, 1000),
                "UPDATE customers SET name = NULL WHERE id = 500"});
    target.run(
        {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100) NOT NULL, balance "
         "DECIMAL(12,2))"});
    test::node_fixture node;
    node.connection("customers", test::mirror_customers(source, target));
    node.start();
    const auto run = node.sync("customers", {}, 7);
    CHECK(run["state"] == "succeeded");
    CHECK(run["delivered"] == 999);
    CHECK(run["rejected"] == 1);
    const auto rejected = node.json({"rejected", "customers"});
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0]["key"] == json{{"id", 500}});
    CHECK(rejected[0]["attempts"] == 1);

    source.run({"UPDATE customers SET name = 'mended' WHERE id = 500"});
    CHECK(node.sync("customers")["delivered"] == 1);
    CHECK(node.json({"rejected", "customers"}).empty());
    CHECK(test::customers_of(target) == test::customers_of(source));
  }
}

TEST_CASE("a query that blocks halts within 100 ms of the stop") {
  struct blocking {
    odbc::product kind;
    const char* query;
  };
  const blocking queries[] = {
      {odbc::product::postgresql, "SELECT 1 AS id, pg_sleep(60)::text AS waited"},
      {odbc::product::mariadb, "SELECT 1 AS id, SLEEP(60) AS waited"},
      {odbc::product::sqlite,
       "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 1000000000) "
       "SELECT max(id) AS id FROM n"}};
  for (const auto& q : queries) {
    CAPTURE(to_string(q.kind));
    const test::database_fixture source(q.kind);
    test::node_fixture node;
    node.connection(
        "slow",
        {{"source", {{"odbc", source.connection_string()}, {"query", q.query}, {"key", {"id"}}}},
         {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}});
    node.start();
    node.json({"sync", "slow"});
    // The reader is inside the query once the epoch has begun and the model is open.
    node.wait_for("slow", [](const json& s) { return s["run"]["epoch"] > 0; });
    const auto run = node.json({"stop", "slow", "--yes", "--wait"});
    CHECK(run["state"] == "stopped");
    CHECK(run["delivered"] == 0);
    CHECK(test::halting_time(run) <= 100ms * test::slowdown);
    const auto status = node.json({"status", "slow"});
    CHECK(status["state"] == "idle");
    CHECK(status["next_type"] == "full");
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a full sync stopped half-way drains and the next sync continues it") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::postgresql);
  // The slower the commands, the more there is to do.
  source.run({test::customers_table,
              test::fill_customers(odbc::product::postgresql, 40000 * test::slowdown)});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["delivery"] = {{"writers", 1}, {"batch_rows", 100}, {"window", 4}};
  node.connection("customers", config);
  node.start();
  const auto started = node.json({"sync", "customers"});
  node.wait_for("customers", [](const json& s) { return s["run"]["delivered"] >= 500; });

  CHECK(node.json({"stop", "customers", "--yes"})["state"] == "draining");
  const auto refused = node.sluice({"sync", "customers", "--json"});
  // Either the drain is still on and the start is refused with counts, or it ended meanwhile.
  if (refused.exit_code == 4) {
    CHECK(json::parse(refused.output)["error"]["code"] == "draining");
  } else {
    CHECK(refused.exit_code == 0);
  }
  const auto next = node.sync("customers");
  const auto runs = node.json({"runs", "customers"});
  const auto& stopped = runs.back();
  CHECK(stopped["run"] == started["run"]);
  CHECK(stopped["state"] == "stopped");
  CHECK(stopped["undelivered"] == 0);
  CHECK(stopped["in_flight_at_stop"].is_number());
  test::check_adds_up(stopped);
  CHECK(runs.front()["state"] == "succeeded");
  CHECK(test::customers_of(target) == test::customers_of(source));
  if (refused.exit_code == 4) {
    CHECK(next["continues"] == started["run"]);
    CHECK(next["type"] == "full");
    CHECK(next["unchanged"] == stopped["delivered"]);
  }
}

TEST_CASE("a node that is killed at any moment continues where it was and converges") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::postgresql);
  source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, 30'000)});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["delivery"] = {{"writers", 2}, {"batch_rows", 50}, {"window", 1}};
  node.connection("customers", config);
  std::uint64_t threshold = 1;
  std::string last;
  int interrupted = 0;
  for (int life = 0; life < 6; ++life) {
    CAPTURE(life);
    node.start();
    bool continues = false;
    if (!last.empty()) {
      const auto status = node.json({"status", "customers"});
      continues = status["run"]["state"] == "interrupted" && status["run"]["type"] == "full";
      interrupted += status["run"]["state"] == "interrupted";
      CHECK(status["next_type"] == (continues ? "full" : "incremental"));
    }
    const auto run = node.json({"sync", "customers"});
    CHECK(run["continues"] == (continues ? json(last) : json()));
    last = run["run"];
    node.wait_for("customers", [&](const json& s) {
      return s["run"]["delivered"].get<std::uint64_t>() >= threshold || s["state"] == "idle";
    });
    threshold += 60;
    node.kill();
    source.run({"UPDATE customers SET name = 'life " + std::to_string(life) +
                "' WHERE id % 97 = " + std::to_string(life)});
  }
  CHECK(interrupted > 0);
  node.start();
  node.sync("customers");
  node.sync("customers");
  CHECK(test::customers_of(target) == test::customers_of(source));
}

TEST_CASE("jsonl holds every row with exact values and grows by what changed") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run(
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, txt TEXT, num DECIMAL, flag BOOLEAN, bin BLOB)",
       "INSERT INTO t VALUES (1, 'quote \" backslash \\ 🦆', 1.5, 1, x'00ff'), "
       "(2, NULL, NULL, 0, NULL), (3, '', 0, NULL, x'')"});
  test::node_fixture node;
  node.connection(
      "t", {{"source", {{"odbc", source.connection_string()}, {"table", "t"}, {"key", {"id"}}}},
            {"mode", "mirror"},
            {"destination", {{"kind", "jsonl"}, {"path", "../out/t.jsonl"}}}});
  node.start();
  node.sync("t");
  auto rows = test::replay_jsonl(node.path() / "out/t.jsonl");
  REQUIRE(rows.size() == 3);
  CHECK(rows[R"({"id":1})"]["txt"] == "quote \" backslash \\ 🦆");
  CHECK(rows[R"({"id":1})"]["num"] == 1.5);
  CHECK(rows[R"({"id":1})"]["flag"] == true);
  CHECK(rows[R"({"id":1})"]["bin"] == "AP8=");
  CHECK(rows[R"({"id":2})"]["txt"].is_null());
  CHECK(rows[R"({"id":3})"]["txt"] == "");
  source.run({"DELETE FROM t WHERE id = 1", "UPDATE t SET flag = 1 WHERE id = 3"});
  const auto run = node.sync("t", {"--allow-deletes"});
  CHECK(run["delivered"] == 2);
  rows = test::replay_jsonl(node.path() / "out/t.jsonl");
  CHECK(rows.size() == 2);
  CHECK(rows[R"({"id":3})"]["flag"] == true);
}
