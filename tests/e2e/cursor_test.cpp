// Incremental runs by a cursor column and filters, driven by the real binary.
#include <doctest/doctest.h>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr odbc::product by_cursor_databases[] = {odbc::product::sqlite, odbc::product::postgresql};

/// 1,000 customers of which number n was changed n seconds into 2024.
void make_source(const test::database_fixture& source) {
  const bool sqlite = source.kind() == odbc::product::sqlite;
  source.run({test::customers_table, test::fill_customers(source.kind(), 1000),
              std::string("ALTER TABLE customers ADD COLUMN updated_at ") +
                  (sqlite ? "DATETIME" : "timestamp"),
              sqlite ? "UPDATE customers SET updated_at = datetime('2024-01-01', id || ' seconds')"
                     : "UPDATE customers SET updated_at = timestamp '2024-01-01' + id * interval "
                       "'1 s'",
              "CREATE INDEX by_change ON customers (updated_at)"});
}

json by_cursor(const test::database_fixture& from, const test::database_fixture& to) {
  auto config = test::mirror_customers(from, to);
  config["mode"] = "upsert";
  config["source"]["change_detection"] = {{"cursor", "updated_at"}};
  config["mapping"] = {{"id", "id"}, {"name", "name"}, {"balance", "balance"}};
  return config;
}

}  // namespace

TEST_CASE("an incremental run by cursor reads and delivers what has changed") {
  for (const auto kind : by_cursor_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    make_source(source);
    target.run({test::customers_table});
    test::node_fixture node;
    node.restart_with("customers", by_cursor(source, target));
    const auto full = node.sync("customers");
    CHECK(full["type"] == "full");
    CHECK(full["inserts"] == 1000);

    source.run(
        {"UPDATE customers SET name = 'changed', updated_at = '2024-02-01 00:00:00' WHERE id "
         "<= 10",
         "INSERT INTO customers VALUES (5000, 'new', 1, '2024-02-01 00:00:00')"});
    auto run = node.sync("customers");
    CHECK(run["type"] == "incremental");
    CHECK(run["read"] == 12);  // and the one at the checkpoint
    CHECK(run["updates"] == 10);
    CHECK(run["inserts"] == 1);
    CHECK(run["unchanged"] == 1);
    CHECK(test::customers_of(target) == test::customers_of(source));

    // Another one with the same time stamp; the eleven are not sent again.
    source.run({"INSERT INTO customers VALUES (5001, 'tie', 1, '2024-02-01 00:00:00')"});
    run = node.sync("customers");
    CHECK(run["read"] == 12);
    CHECK(run["delivered"] == 1);
    CHECK(test::customers_of(target) == test::customers_of(source));

    // Over a restart, too.
    CHECK(node.terminate() == 0);
    node.start();
    run = node.sync("customers");
    CHECK(run["read"] == 12);
    CHECK(run["delivered"] == 0);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("rows that were rejected or have no cursor are listed and offered again") {
  for (const auto kind : by_cursor_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    make_source(source);
    source.run({"UPDATE customers SET balance = -1 WHERE id = 500",
                "UPDATE customers SET updated_at = NULL WHERE id = 600"});
    target.run(
        {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2), "
         "CHECK (balance >= 0))"});
    test::node_fixture node;
    node.restart_with("customers", by_cursor(source, target));
    auto run = node.sync("customers", {}, 7);
    CHECK(run["state"] == "succeeded");
    CHECK(run["rejected"] == 1);
    CHECK(run["invalid"] == 1);
    run = node.sync("customers", {}, 7);
    CHECK(run["type"] == "incremental");
    CHECK(run["read"] == 3);
    CHECK(run["rejected"] == 1);
    CHECK(run["invalid"] == 1);
    const auto listed = node.json({"rejected", "customers"});
    REQUIRE(listed.size() == 2);
    for (const auto& row : listed) {
      CHECK(row["attempts"] == 2);
      if (row["key"]["id"] == 600)
        CHECK(test::contains(row["reason"], "column 'updated_at': the cursor is NULL"));
    }

    // Mended behind the cursor's back.
    source.run({"UPDATE customers SET balance = 1 WHERE id = 500",
                "UPDATE customers SET updated_at = '2023-01-01 00:00:00' WHERE id = 600"});
    run = node.sync("customers");
    CHECK(run["read"] == 3);
    CHECK(run["delivered"] == 2);
    CHECK(node.json({"rejected", "customers"}).empty());
    CHECK(node.sync("customers")["read"] == 1);
    CHECK(test::customers_of(target) == test::customers_of(source));
  }
}

TEST_CASE("a connection changes between snapshot and cursor and filter without a full run") {
  for (const auto kind : by_cursor_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    make_source(source);
    target.run({test::customers_table});
    test::node_fixture node;
    const auto cursor = by_cursor(source, target);
    auto snapshot = cursor;
    snapshot["source"].erase("change_detection");
    node.restart_with("customers", snapshot);
    CHECK(node.sync("customers")["inserts"] == 1000);
    const auto sync = [&](const json& config, int read, int delivered) {
      node.restart_with("customers", config);
      const auto run = node.sync("customers");
      CHECK(run["type"] == "incremental");
      CHECK(run["epoch"] == 1);
      CHECK(run["read"] == read);
      CHECK(run["delivered"] == delivered);
    };
    sync(cursor, 1000, 0);
    sync(cursor, 1, 0);
    source.run({"UPDATE customers SET name = 'unseen' WHERE id = 7"});
    sync(cursor, 1, 0);
    sync(snapshot, 1000, 1);
    sync(cursor, 1000, 0);

    auto few = cursor;
    few["source"]["where"] = "id <= 100 AND name <> 'it''s'";
    source.run(
        {"UPDATE customers SET name = 'filtered', updated_at = '2024-03-01 00:00:00' WHERE "
         "id IN (50, 150)"});
    sync(few, 100, 1);
    sync(few, 1, 0);
    sync(cursor, 1000, 1);
    auto mirror = snapshot;
    mirror["mode"] = "mirror";
    mirror["source"]["where"] = "id <= 900";
    sync(mirror, 900, 100);
    CHECK(test::customers_of(target).size() == 900);
    // What the mirror has deleted lies before every checkpoint of before.
    sync(cursor, 1000, 100);
    CHECK(test::customers_of(target) == test::customers_of(source));
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("rows that are committed late are delivered within the overlap") {
  const test::database_fixture source(odbc::product::postgresql);
  const test::database_fixture target(odbc::product::postgresql);
  make_source(source);
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = by_cursor(source, target);
  config["source"]["change_detection"]["overlap"] = "5m";
  node.restart_with("customers", config);
  node.sync("customers");
  auto late = source.connect();
  late.begin();
  late.execute("INSERT INTO customers VALUES (5000, 'late', 1, '2024-01-01 00:20:00')");
  source.run({"INSERT INTO customers VALUES (5001, 'early', 1, '2024-01-01 00:24:00')"});
  CHECK(node.sync("customers")["delivered"] == 1);
  late.commit();
  auto run = node.sync("customers");
  CHECK(run["read"] == 2);
  CHECK(run["delivered"] == 1);
  run = node.sync("customers");
  CHECK(run["read"] == 2);
  CHECK(run["delivered"] == 0);
  CHECK(test::customers_of(target) == test::customers_of(source));
}

TEST_CASE("a crash anywhere between delivery and the end of a run by cursor loses nothing") {
  for (const auto kind : by_cursor_databases) {
    for (const std::string at :
         {"after_intent", "after_delivery", "after_outcome", "before_run_end"}) {
      CAPTURE(to_string(kind));
      CAPTURE(at);
      const test::database_fixture source(kind);
      const test::database_fixture target(kind);
      make_source(source);
      target.run({test::customers_table});
      test::node_fixture node;
      node.restart_with("customers", by_cursor(source, target));
      node.sync("customers");
      CHECK(node.terminate() == 0);

      source.run(
          {"UPDATE customers SET name = 'changed', updated_at = '2024-02-01 00:00:00' WHERE "
           "id <= 300"});
      node.environment["SLUICE_FAIL_POINT"] = at;
      node.start();
      const auto command = node.begin({"sync", "customers", "--wait", "--json"});
      node.wait_for_crash();
      REQUIRE(command->wait(30s));
      node.environment.clear();
      // Changed back, each with a time stamp of its own.
      source.run(
          {"UPDATE customers SET name = 'name ' || id, updated_at = '2024-02-01 00:00:01' "
           "WHERE id <= 100"});
      node.start();
      const auto run = node.sync("customers");
      CHECK(run["type"] == "incremental");
      CHECK(run["read"] == 301);
      CHECK(test::customers_of(target) == test::customers_of(source));
      const auto again = node.sync("customers");
      CHECK(again["read"] == 100);
      CHECK(again["delivered"] == 0);
      CHECK(node.terminate() == 0);
    }
  }
}

TEST_CASE("a mistake in cursor or filter is told by check and fails the run") {
  for (const auto kind : by_cursor_databases) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    const test::database_fixture target(kind);
    make_source(source);
    target.run({test::customers_table});
    test::node_fixture node;
    auto config = by_cursor(source, target);
    config["source"]["change_detection"]["cursor"] = "update_at";
    node.restart_with("customers", config);
    const auto checked = test::run_program(
        {.program = SLUICE_BINARY, .arguments = {"check", "--config", node.config_file().string()}},
        60s);
    CHECK(checked.exit_code == 1);
    CHECK(checked.output.find("the cursor column 'update_at' does not exist, nearest is "
                              "'updated_at'") != std::string::npos);
    CHECK(checked.output.find("check source.change_detection.cursor") != std::string::npos);
    const auto run = node.sync("customers", {}, 1);
    CHECK(run["state"] == "failed");
    CHECK(test::contains(run["error"]["message"], "'update_at' does not exist"));
    config["source"]["change_detection"]["cursor"] = "updated_at";
    config["source"]["where"] = "balanse > 1";
    node.restart_with("customers", config);
    CHECK(test::contains(node.sync("customers", {}, 1)["error"]["hint"], "source.where"));
  }
}
