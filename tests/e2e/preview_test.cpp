// `sluice preview` through the real binary, on real databases.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json model_into_file(const test::database_fixture& source, const json& model) {
  json from{{"odbc", source.connection_string()}, {"key", {"id"}}};
  from.update(model);
  return {{"source", from}, {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}};
}

/// A query that says nothing for a minute.
json blocking_query(odbc::product kind) {
  if (kind == odbc::product::postgresql)
    return {{"query", "SELECT 1 AS id, pg_sleep(60)::text AS waited"}};
  return {{"query",
           "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < "
           "1000000000) SELECT max(id) AS id FROM n"}};
}

/// A preview that the node has begun.
std::unique_ptr<test::process> begin_preview(test::node_fixture& node, const std::string& name) {
  auto begun = node.begin({"preview", name});
  REQUIRE(node.node().wait_for_errors("[" + name + "] preview began", 30s));
  return begun;
}

/// Waits until the node has given up the preview of `name`.
void wait_for_end(test::node_fixture& node, const std::string& name) {
  REQUIRE(node.node().wait_for_errors("[" + name + "] preview ended", 30s));
}

}  // namespace

TEST_CASE("a preview counts what the next run does and moves nothing, on every database") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(odbc::product::sqlite);
    source.run({test::customers_table, test::fill_customers(kind, 1000)});
    target.run({test::customers_table});
    test::node_fixture node;
    node.connection("customers", test::mirror_customers(source, target));
    node.start();

    const auto first = node.json({"preview", "customers"});
    CHECK(first["type"] == "full");
    CHECK(first["inserts"] == 1000);
    CHECK(test::customers_of(target).empty());
    CHECK(node.json({"status", "customers"})["run"].is_null());
    CHECK(node.sync("customers")["inserts"] == 1000);

    source.run({"UPDATE customers SET name = 'changed' WHERE id <= 10",
                "DELETE FROM customers WHERE id > 990",
                "INSERT INTO customers VALUES (5000, NULL, NULL)"});
    const auto seen = node.json({"preview", "customers", "--limit", "1"});
    CHECK(seen["type"] == "incremental");
    REQUIRE(seen["samples"].size() == 3);
    CHECK(seen["samples"][0]["rendered"] ==
          R"(upsert into customers: {"id":5000,"name":null,"balance":null})");
    CHECK(seen["samples"][2]["operation"] == "delete");
    CHECK(node.json({"preview", "customers", "--full"})["updates"] == 990);
    const auto run = node.sync("customers");
    for (const auto* const count :
         {"read", "unchanged", "invalid", "inserts", "updates", "deletes"}) {
      CAPTURE(count);
      CHECK(seen[count] == run[count]);
    }
    CHECK(node.json({"runs", "customers"}).size() == 2);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a preview can be made while a run is going on") {
  const test::database_fixture source(odbc::product::postgresql);
  source.run({test::customers_table, test::fill_customers(source.kind(), 200)});
  test::node_fixture node;
  node.connection("customers", model_into_file(source, {{"table", "customers"}}));
  auto endless = model_into_file(
      source, {{"query", "SELECT i AS id FROM (SELECT generate_series(1, 1000000000) AS i) AS s"}});
  endless["destination"]["path"] = "../endless.jsonl";
  node.connection("endless", endless);
  node.start();
  node.json({"sync", "endless"});
  node.wait_for("endless", [](const json& s) { return s["run"]["delivered"] > 0; });
  CHECK(node.json({"preview", "customers"})["inserts"] == 200);
  const auto other = begin_preview(node, "endless");
  CHECK(node.json({"preview", "endless"}, 4)["error"]["code"] == "already_running");
  CHECK(node.json({"status", "endless"})["state"] == "running");
  other->signal(SIGINT);
  REQUIRE(other->wait(10s));
  const auto run = node.json({"stop", "endless", "--yes", "--wait"});
  CHECK(run["state"] == "stopped");
  CHECK(node.terminate() == 0);
}

TEST_CASE("Ctrl-C ends a preview at the node, also inside a query") {
  for (const auto kind : {odbc::product::postgresql, odbc::product::sqlite}) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    test::node_fixture node;
    node.connection("slow", model_into_file(source, blocking_query(kind)));
    node.start();
    const auto first = begin_preview(node, "slow");
    first->signal(SIGINT);
    const auto end = first->wait(10s);
    REQUIRE(end);
    CHECK(end->signal == SIGINT);
    CHECK(test::contains(end->errors, "the preview was given up"));
    wait_for_end(node, "slow");
    CHECK(node.sluice({"preview", "slow", "--timeout", "300ms"}).exit_code == 3);  // not refused
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a preview inside a query does not delay the end of the node") {
  const test::database_fixture source(odbc::product::postgresql);
  test::node_fixture node;
  node.connection("slow", model_into_file(source, blocking_query(source.kind())));
  node.start();
  const auto first = begin_preview(node, "slow");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(node.terminate() == 0);
  // The query would have gone on for a minute.
  CHECK(std::chrono::steady_clock::now() - begin < 30s);
  const auto end = first->wait(10s);
  REQUIRE(end);
  CHECK(end->exit_code != 0);
}

TEST_CASE("a preview of a source that fails names model and cause") {
  const test::database_fixture source(odbc::product::sqlite);
  test::node_fixture node;
  node.connection("customers", model_into_file(source, {{"table", "missing"}}));
  node.start();
  const auto failed = node.json({"preview", "customers"}, 1);
  CHECK(failed["error"]["code"] == "source_failed");
  CHECK(test::contains(failed["error"]["message"], "customers"));
  CHECK(node.json({"preview", "nobody"}, 5)["error"]["code"] == "unknown_connection");
}
