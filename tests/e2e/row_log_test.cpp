// Row logs of the real binary.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// The row log of a run, by the id in the key.
std::map<int, json> row_log(const test::node_fixture& node, const json& run) {
  std::map<int, json> rows;
  std::ifstream in(node.path() / "state/rows" / run["connection"].get<std::string>() /
                   (run["run"].get<std::string>() + ".jsonl"));
  for (std::string line; std::getline(in, line);) {
    const auto row = json::parse(line);
    CHECK(rows.emplace(row["key"]["id"].get<int>(), row).second);
  }
  return rows;
}

}  // namespace

TEST_CASE("the row log of a table says which row it refused and why, and holds no values") {
  const test::database_fixture source(odbc::product::sqlite);
  const test::database_fixture target(odbc::product::sqlite);
  source.run({test::customers_table, "INSERT INTO customers VALUES (1, 'canary', 1), (2, 'Bo', -5)",
              "INSERT INTO customers VALUES (3, 'Cy', 3)"});
  target.run(
      {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2), CHECK "
       "(balance >= 0))"});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["row_log"] = true;
  node.connection("customers", config);
  node.start();
  const auto run = node.sync("customers", {}, 7);
  auto rows = row_log(node, run);
  REQUIRE(rows.size() == 3);
  CHECK(rows[1]["outcome"] == "delivered");
  CHECK(rows[1]["operation"] == "insert");
  CHECK(rows[2]["outcome"] == "rejected");
  CHECK(rows[2]["error"] == node.json({"rejected", "customers"})[0]["reason"]);
  CHECK(rows[3]["outcome"] == "delivered");
  CHECK(json(rows).dump().find("canary") == std::string::npos);
  CHECK(run["warnings"].empty());

  source.run({"DELETE FROM customers WHERE id = 3", "UPDATE customers SET balance = 5"});
  rows = row_log(node, node.sync("customers", {"--allow-deletes"}));
  REQUIRE(rows.size() == 3);
  CHECK(rows[1]["operation"] == "update");
  CHECK(rows[2]["outcome"] == "delivered");
  CHECK(rows[3]["operation"] == "delete");
  CHECK(node.terminate() == 0);
}

TEST_CASE("the row log of a file has every delivered row and each invalid one") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 5000),
              "UPDATE customers SET name = CAST(X'ff' AS TEXT) WHERE id = 77"});
  test::node_fixture node;
  node.connection(
      "customers",
      {{"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
       {"row_log", true},
       {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}});
  node.start();
  const auto run = node.sync("customers", {}, 7);
  CHECK(run["invalid"] == 1);
  const auto rows = row_log(node, run);
  REQUIRE(rows.size() == 5000);
  for (const auto& [id, row] : rows) CHECK(row["outcome"] == (id == 77 ? "invalid" : "delivered"));
  CHECK(rows.at(77)["operation"] == "read");
  CHECK(test::contains(rows.at(77)["error"], "UTF-8"));
  const auto file =
      node.path() / "state/rows/customers" / (run["run"].get<std::string>() + ".jsonl");
  CHECK((fs::status(file).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(node.terminate() == 0);
}

TEST_CASE("a full disk below the row log is a warning of a run that succeeds") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 100)});
  test::node_fixture node;
  node.connection(
      "customers",
      {{"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
       {"row_log", true},
       {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}});
  // Whatever is opened in that directory, or the directory itself, finds no room.
  node.wrapper = {"strace",
                  "-f",
                  "-qq",
                  "-o",
                  (node.path() / "strace.txt").string(),
                  "-e",
                  "trace=openat",
                  "-e",
                  "inject=openat:error=ENOSPC",
                  "-P",
                  (node.path() / "state/rows/customers").string()};
  node.environment["LSAN_OPTIONS"] = "detect_leaks=0";  // it cannot look while strace does
  node.start();
  const auto run = node.sync("customers");
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == 100);
  REQUIRE(run["warnings"].size() == 1);
  CHECK(test::contains(run["warnings"][0], "the row log"));
  CHECK(test::contains(run["warnings"][0], "No space left on device"));
  CHECK(test::replay_jsonl(node.path() / "out.jsonl").size() == 100);
  // A node under strace is ended by a command: the signal would be strace's.
  CHECK(node.sluice({"shutdown"}).exit_code == 0);
  CHECK(node.node().wait(30s));
}
