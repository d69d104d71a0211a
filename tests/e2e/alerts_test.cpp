// Alerts from the real binary to a real server.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A connection that tells `server` of everything.
json mirror_that_tells(const test::http_server& server, const test::database_fixture& from,
                       const test::database_fixture& to) {
  auto config = test::mirror_customers(from, to);
  config["notify"] = {{{"on", {"failed", "rejected", "stopped", "recovered", "skipped"}},
                       {"url", server.url("/hook?key=canary")},
                       {"secret", "${env:SLUICE_TEST_ALERTS}"}}};
  return config;
}

struct alerts_fixture {
  test::http_server server;
  test::database_fixture source{odbc::product::sqlite};
  test::database_fixture target{odbc::product::sqlite};
  test::node_fixture node;

  alerts_fixture() {
    source.run({test::customers_table, "INSERT INTO customers VALUES (1, 'Ada', 1)"});
    target.run(
        {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2), "
         "CHECK (balance >= 0))"});
    node.environment["SLUICE_TEST_ALERTS"] = "canary secret";
    node.connection("customers", mirror_that_tells(server, source, target));
  }
  /// The body of that alert, from 1 on, once it has come.
  json alert(std::size_t number) {
    REQUIRE(server.wait_for_requests(number, 1min));
    return json::parse(server.requests().at(number - 1).body);
  }
};

}  // namespace

TEST_CASE_FIXTURE(alerts_fixture, "a node tells of runs that failed, recovered and rejected rows") {
  node.start();
  node.sync("customers");
  source.run({"ALTER TABLE customers RENAME TO gone"});
  const auto failed = node.sync("customers", {}, 1);
  auto told = alert(1);
  CHECK(told["events"] == json{"failed"});
  CHECK(told["connection"] == "customers");
  CHECK(told["run"] == failed);
  CHECK(server.requests()[0].headers.value("X-Sluice-Signature").starts_with("sha256="));

  source.run({"ALTER TABLE gone RENAME TO customers"});
  const auto recovered = node.sync("customers");
  told = alert(2);
  CHECK(told["events"] == json{"recovered"});
  CHECK(told["run"]["run"] == recovered["run"]);

  source.run({"INSERT INTO customers VALUES (2, 'Bo', -5)"});
  node.sync("customers", {}, 7);
  told = alert(3);
  CHECK(told["events"] == json{"rejected"});
  CHECK(told["run"]["rejected"] == 1);
  CHECK(node.terminate() == 0);
  CHECK(server.requests().size() == 3);
}

TEST_CASE_FIXTURE(alerts_fixture, "a run that the node's death interrupted is told once") {
  node.environment["SLUICE_FAIL_POINT"] = "after_intent";
  node.start();
  const auto command = node.begin({"sync", "customers", "--wait"});
  node.wait_for_crash();
  node.environment.erase("SLUICE_FAIL_POINT");
  node.start();
  const auto told = alert(1);
  CHECK(told["events"] == json{"failed"});
  CHECK(told["run"]["state"] == "interrupted");
  CHECK(node.terminate() == 0);
  node.start();
  CHECK(node.terminate() == 0);
  CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(alerts_fixture, "an endpoint that is down fails no run and keeps no node alive") {
  server.stop_listening();
  node.start();
  source.run({"INSERT INTO customers VALUES (2, 'Bo', -5)"});
  node.sync("customers", {}, 7);
  node.sync("customers", {}, 7);
  node.node().signal(SIGTERM);
  const auto ended = node.node().wait(1min);
  REQUIRE(ended);
  CHECK(ended->exit_code == 0);
  CHECK(ended->errors.find("do not get through") != std::string::npos);
  CHECK(ended->errors.find("2 alerts to 1 endpoints were not sent") != std::string::npos);
  CHECK(ended->errors.find("canary") == std::string::npos);
}

TEST_CASE_FIXTURE(alerts_fixture, "an alert that waits is sent before the node ends") {
  server.otherwise({.hold = true});
  node.start();
  source.run({"INSERT INTO customers VALUES (2, 'Bo', -5)"});
  node.sync("customers", {}, 7);
  REQUIRE(server.wait_for_requests(1, 1min));
  node.sync("customers", {}, 7);
  server.otherwise({});
  server.release();
  CHECK(node.terminate() == 0);
  CHECK(server.requests().size() == 2);
}
