// Rows that the destination refuses: listed, offered again, or not.
#include <doctest/doctest.h>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;

TEST_CASE("without retries a row that violates a constraint is offered again when it has changed") {
  test::database_fixture source(odbc::product::sqlite);
  test::database_fixture target(odbc::product::sqlite);
  source.run({test::customers_table, "INSERT INTO customers VALUES (1, 'Ada', 1), (2, 'Bo', -5)"});
  target.run(
      {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2), CHECK "
       "(balance >= 0))"});
  test::node_fixture node;
  auto connection = test::mirror_customers(source, target);
  connection["retry_rejected"] = false;
  node.connection("customers", connection);
  node.start();

  CHECK(node.sync("customers", {}, 7)["rejected"] == 1);
  const auto second = node.sync("customers");
  CHECK(second["state"] == "succeeded");
  CHECK(second["unchanged"] == 2);
  CHECK(second["rejected"] == 0);
  // Over a restart, too.
  CHECK(node.terminate() == 0);
  node.start();
  CHECK(node.sync("customers")["unchanged"] == 2);
  auto rejected = node.json({"rejected", "customers"});
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0]["key"]["id"] == 2);
  CHECK(rejected[0]["attempts"] == 1);
  CHECK(rejected[0]["status"].is_null());

  source.run({"UPDATE customers SET balance = -6 WHERE id = 2"});
  CHECK(node.sync("customers", {}, 7)["rejected"] == 1);
  CHECK(node.sync("customers", {"--full"}, 7)["rejected"] == 1);
  CHECK(node.json({"rejected", "customers"})[0]["attempts"] == 3);
  source.run({"UPDATE customers SET balance = 6 WHERE id = 2"});
  CHECK(node.sync("customers")["delivered"] == 1);
  CHECK(node.json({"rejected", "customers"}).empty());
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(node.terminate() == 0);
}
