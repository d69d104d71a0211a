// Incremental runs by digests, driven by the real binary.
#include <doctest/doctest.h>

#include <string>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr odbc::product by_digest_databases[] = {odbc::product::postgresql, odbc::product::mariadb};

json by_digest(const test::database_fixture& from, const test::database_fixture& to) {
  auto config = test::mirror_customers(from, to);
  config["source"]["change_detection"] = "digest";
  return config;
}

}  // namespace

TEST_CASE("a run by digests fetches what has changed and mirrors everything") {
  for (const auto kind : by_digest_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(odbc::product::sqlite);
    source.run({test::customers_table, test::fill_customers(kind, 10'000)});
    target.run({test::customers_table});
    test::node_fixture node;
    node.restart_with("customers", by_digest(source, target));
    auto run = node.sync("customers");
    CHECK(run["type"] == "full");
    CHECK(run["inserts"] == 10'000);
    CHECK(run["fetched_rows"] == 10'000);

    run = node.sync("customers");
    CHECK(run["unchanged"] == 10'000);
    CHECK(run["fetched_rows"] == 1);
    CHECK(run["fetched_bytes"] < 200);

    source.run({"UPDATE customers SET name = 'changed' WHERE id IN (17, 4711)",
                "UPDATE customers SET balance = NULL WHERE id = 18",
                "DELETE FROM customers WHERE id = 19",
                "INSERT INTO customers VALUES (50000, 'new', 1)"});
    run = node.sync("customers");
    CHECK(run["type"] == "incremental");
    CHECK(run["read"] == 10'000);
    CHECK(run["updates"] == 3);
    CHECK(run["inserts"] == 1);
    CHECK(run["deletes"] == 1);
    CHECK(run["fetched_rows"] < 2'000);
    CHECK(test::customers_of(target) == test::customers_of(source));
    test::check_adds_up(run);

    // Over a restart, too.
    node.restart_with("customers", by_digest(source, target));
    CHECK(node.sync("customers")["fetched_rows"] < 1'000);  // there were changes before
    CHECK(node.sync("customers")["fetched_rows"] == 1);

    // Values that change places, and one that changes back.
    source.run({"UPDATE customers SET name = 'first' WHERE id = 1",
                "UPDATE customers SET name = 'second' WHERE id = 2"});
    CHECK(node.sync("customers")["updates"] == 2);
    source.run({"UPDATE customers SET name = 'second' WHERE id = 1",
                "UPDATE customers SET name = 'first' WHERE id = 2"});
    CHECK(node.sync("customers")["updates"] == 2);
    CHECK(test::customers_of(target) == test::customers_of(source));

    // Most rows change.
    source.run({"UPDATE customers SET balance = balance + 1 WHERE id % 3 <> 0"});
    CHECK(node.sync("customers")["fetched_rows"] > 10'000);
    CHECK(test::customers_of(target) == test::customers_of(source));
    CHECK(node.sync("customers")["fetched_rows"] == 1);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("queries and filters are compared by digests, and other detections need no full run") {
  for (const auto kind : by_digest_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(odbc::product::sqlite);
    source.run({test::customers_table, test::fill_customers(kind, 3'000)});
    target.run({test::customers_table});
    test::node_fixture node;
    auto config = by_digest(source, target);
    config["source"]["where"] = "id <= 2000";
    node.restart_with("customers", config);
    CHECK(node.sync("customers")["inserts"] == 2'000);
    CHECK(node.sync("customers")["fetched_rows"] == 1);
    config["source"]["where"] = "id <= 2500";
    node.restart_with("customers", config);
    auto run = node.sync("customers");
    CHECK(run["inserts"] == 500);
    CHECK(run["updates"] == 0);

    for (const auto* detection : {"snapshot", "digest"}) {
      config["source"]["change_detection"] = detection;
      node.restart_with("customers", config);
      run = node.sync("customers");
      CHECK(run["type"] == "incremental");
      CHECK(run["unchanged"] == 2'500);
      CHECK(run["fetched_rows"] == 2'500);
    }
    CHECK(node.sync("customers")["fetched_rows"] == 1);

    // A query is another source, and another ledger.
    config["source"].erase("where");
    config["source"].erase("table");
    config["source"]["query"] = "SELECT id, name, balance FROM customers WHERE id <= 2500 -- these";
    node.restart_with("customers", config);
    CHECK(node.sync("customers")["inserts"] == 2'500);
    source.run({"UPDATE customers SET name = 'changed' WHERE id = 7"});
    run = node.sync("customers");
    CHECK(run["updates"] == 1);
    CHECK(run["fetched_rows"] < 2'000);
    CHECK(node.sync("customers")["fetched_rows"] < 2'000);
    CHECK(node.sync("customers")["fetched_rows"] == 1);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a crash at any fail point of a run by digests loses nothing") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::postgresql);
  constexpr int rows = 12'000;
  source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, rows)});
  target.run({test::customers_table});
  test::node_fixture node;
  node.restart_with("customers", by_digest(source, target));
  CHECK(node.sync("customers")["inserts"] == rows);
  CHECK(node.terminate() == 0);
  int changed = 0;
  for (const auto* at : {"after_run_record", "after_ledger_mark", "after_catalog_mark",
                         "after_intent", "after_delivery", "after_outcome", "before_run_end"}) {
    CAPTURE(at);
    ++changed;
    const auto name = "'change " + std::to_string(changed) + "'";
    source.run(
        {"UPDATE customers SET name = " + name + " WHERE id % 1000 = " + std::to_string(changed),
         "DELETE FROM customers WHERE id = " + std::to_string(11'000 + changed)});
    node.environment["SLUICE_FAIL_POINT"] = at;
    node.start();
    const auto command = node.begin({"sync", "customers", "--wait"});
    node.wait_for_crash();
    REQUIRE(command->wait(30s));
    node.environment.clear();
    // A row changes back while the node is down.
    source.run({"UPDATE customers SET name = 'change " + std::to_string(changed - 1) +
                "' WHERE id = " + std::to_string(changed)});
    node.start();
    const auto run = node.sync("customers");
    CHECK(run["state"] == "succeeded");
    CHECK(test::customers_of(target) == test::customers_of(source));
    const auto again = node.sync("customers");
    CHECK(again["delivered"] == 0);
    CHECK(again["fetched_rows"] < 2'000);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a stop ends a digest that takes long, and the next run finds what it would have found") {
  for (const auto kind : by_digest_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(odbc::product::sqlite);
    source.run({test::customers_table, test::fill_customers(kind, 2'000),
                "CREATE TABLE pace(seconds FLOAT)", "INSERT INTO pace VALUES (0)"});
    target.run({test::customers_table});
    test::node_fixture node;
    auto config = by_digest(source, target);
    config["source"].erase("table");
    // For each row anew: what does not depend on the row is asked once.
    const std::string takes_long = kind == odbc::product::postgresql
                                       ? "pg_sleep(seconds + 0 * id)::text = ''"
                                       : "SLEEP(seconds + 0 * id) = 0";
    config["source"]["query"] = "SELECT id, name, balance FROM customers, pace WHERE " + takes_long;
    node.restart_with("customers", config);
    CHECK(node.sync("customers")["inserts"] == 2'000);
    source.run(
        {"UPDATE customers SET name = 'changed' WHERE id = 7", "UPDATE pace SET seconds = 0.05"});
    node.json({"sync", "customers"});
    node.wait_for("customers", [](const json& s) { return s["run"]["phase"] == "querying"; });
    const auto stopped = node.json({"stop", "customers", "--yes", "--wait"});
    CHECK(stopped["state"] == "stopped");
    CHECK(test::halting_time(stopped) <= 100ms * test::slowdown);
    source.run({"UPDATE pace SET seconds = 0"});
    const auto run = node.sync("customers");
    CHECK(run["updates"] == 1);
    CHECK(run["fetched_rows"] < 2'000);
    CHECK(test::customers_of(target) == test::customers_of(source));
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("digests take the right to read and no other") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, 1'000),
              "DROP ROLE IF EXISTS only_reads", "CREATE ROLE only_reads",
              "GRANT SELECT ON customers TO only_reads", "REVOKE ALL ON SCHEMA public FROM public",
              "GRANT USAGE ON SCHEMA public TO only_reads"});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = by_digest(source, target);
  config["source"]["odbc"] =
      config["source"]["odbc"].get<std::string>() + ";pqopt={options=-crole=only_reads}";
  node.restart_with("customers", config);
  CHECK(node.sync("customers")["inserts"] == 1'000);
  source.run({"UPDATE customers SET name = 'changed' WHERE id = 7"});
  auto run = node.sync("customers");
  CHECK(run["updates"] == 1);
  CHECK(run["warnings"].empty());
  CHECK(run["fetched_rows"] < 1'000);
  CHECK(node.terminate() == 0);
  source.run({"DROP OWNED BY only_reads", "DROP ROLE only_reads"});
}
