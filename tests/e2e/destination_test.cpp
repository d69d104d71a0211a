// Destination tables that do not fit: said clearly by every database, and once the table is mended
// the next sync converges.
#include <doctest/doctest.h>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

/// Three rows to deliver into a table that a test makes.
struct three_customers {
  explicit three_customers(odbc::product k) : kind(k), source(k), target(k) {
    source.run({test::customers_table, test::fill_customers(kind, 3)});
    node.connection("customers", test::mirror_customers(source, target));
    node.start();
  }

  /// The sync fails as a whole; the error names the connection's table and says what is missing.
  void check_refused(const std::string& cause) {
    const auto run = node.sync("customers", {}, 1);
    CHECK(run["state"] == "failed");
    CHECK(run["delivered"] == 0);
    CHECK(run["error"]["code"] == "destination_failed");
    CHECK(test::contains(run["error"]["message"], "customers"));
    CHECK_MESSAGE(test::contains(run["error"]["message"], cause), run["error"]["message"]);
    CHECK_FALSE(run["error"]["hint"].get<std::string>().empty());
    // What `check` says before anything runs is the same.
    const auto checked = test::run_program(
        {.program = SLUICE_BINARY,
         .arguments = {"check", "--config", node.config_file().string(), "--json"}});
    CHECK(checked.exit_code == 1);
    const auto found = json::parse(checked.output)["connections"][0];
    CHECK(found["source"].is_null());
    CHECK(found["destination"]["message"] == run["error"]["message"]);
  }
  void check_converges() {
    const auto run = node.sync("customers");
    CHECK(run["type"] == "full");
    CHECK(test::customers_of(target) == test::customers_of(source));
    CHECK(node.json({"rejected", "customers"}).empty());
    CHECK(node.sync("customers")["unchanged"] == 3);
    CHECK(node.terminate() == 0);
  }

  odbc::product kind;
  test::database_fixture source;
  test::database_fixture target;
  test::node_fixture node;
};

}  // namespace

TEST_CASE("a destination table that is missing is named, and made, the sync converges") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    three_customers c(kind);
    c.check_refused("does not exist");
    c.target.run({test::customers_table});
    c.check_converges();
  }
}

TEST_CASE("a destination column that is missing is named, and added, the sync converges") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    three_customers c(kind);
    c.target.run({"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100))"});
    c.check_refused("balance");
    c.target.run({"ALTER TABLE customers ADD COLUMN balance DECIMAL(12,2)"});
    c.check_converges();
  }
}

TEST_CASE(
    "a destination column that needs a value and gets none is named, and dropped, the sync "
    "converges") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    three_customers c(kind);
    c.target.run(
        {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance "
         "DECIMAL(12,2), origin VARCHAR(10) NOT NULL)"});
    c.check_refused("origin");
    c.target.run({"ALTER TABLE customers DROP COLUMN origin"});
    c.check_converges();
  }
}

TEST_CASE("a destination table without a unique key is refused, and with one the sync converges") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    three_customers c(kind);
    c.target.run({"CREATE TABLE customers(id INT, name VARCHAR(100), balance DECIMAL(12,2))"});
    c.check_refused("id");
    c.target.run({"DROP TABLE customers", test::customers_table});
    c.check_converges();
  }
}

TEST_CASE("values that do not fit the type of a column are rejected rows until it is mended") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    three_customers c(kind);
    c.source.run({"UPDATE customers SET name = '77' WHERE id = 3"});
    // SQLite knows types only in strict tables.
    c.target.run({kind == odbc::product::sqlite
                      ? "CREATE TABLE customers(id INT PRIMARY KEY, name INT, balance REAL) STRICT"
                      : "CREATE TABLE customers(id INT PRIMARY KEY, name INT, balance "
                        "DECIMAL(12,2))"});
    const auto run = c.node.sync("customers", {}, 7);
    CHECK(run["state"] == "succeeded");
    CHECK(run["delivered"] == 1);
    CHECK(run["rejected"] == 2);
    const auto rejected = c.node.json({"rejected", "customers"});
    REQUIRE(rejected.size() == 2);
    for (const auto& row : rejected) {
      CHECK(row["operation"] == "insert");
      CHECK(row["attempts"] == 1);
      const auto reason = row["reason"].get<std::string>();
      // SQLite's STRICT table in its own words.
      CHECK_MESSAGE((test::contains(reason, "the column 'name' holds numbers") ||
                     test::contains(reason, "INT column customers.name")),
                    reason);
    }
    c.target.run({"DROP TABLE customers", test::customers_table,
                  "INSERT INTO customers VALUES (3, '77', 0.75)"});
    CHECK(c.node.sync("customers")["delivered"] == 2);
    CHECK(test::customers_of(c.target) == test::customers_of(c.source));
    CHECK(c.node.json({"rejected", "customers"}).empty());
  }
}
