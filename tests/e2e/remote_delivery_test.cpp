// Batches that another node delivers: nodes lost, frozen and restarted while they do. Real
// processes.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/customers_api.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

/// Node a runs `customers`; node b delivers them.
struct remote : test::cluster_fixture {
  static constexpr int rows = 500;

  remote() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
  }

  /// `delivery` is added to what the connection says.
  void start_both(document connection, const document& delivery = document::object()) {
    connection["delivery"]["on"] = "b";
    connection["delivery"]["give_up_after"] = "60s";
    connection["delivery"].update(delivery);
    add("a").connection("customers", connection);
    add("b");
    start({"a", "b"});
  }
  test::node_fixture& a() { return (*this)["a"]; }
  test::node_fixture& b() { return (*this)["b"]; }

  test::database_fixture source{odbc::product::sqlite};
};

/// Into an API, whose answers the test may hold.
struct remote_api : remote {
  void start_both(const document& delivery = document::object()) {
    remote::start_both(test::mirror_customers(source, api.server), delivery);
  }
  /// Starts a run, and returns when node b waits for the API's answer to some of its rows; others
  /// have been answered.
  void start_and_hold() {
    api.server.enqueue({}, 3);
    api.server.enqueue({.hold = true}, 2);
    a().json({"sync", "customers"});
    REQUIRE(api.server.wait_for_requests(5, 20s));
  }
  /// The run that is active, when it has ended.
  document ended_run() {
    return a().wait_for("customers", [](const auto& s) { return s["state"] == "idle"; })["run"];
  }
  void check_converges() {
    const auto run = a().sync("customers");
    CHECK(run["state"] == "succeeded");
    // In parentheses: a difference would print every row.
    CHECK((api.customers() == test::customers_of(source)));
    CHECK(a().sync("customers")["delivered"] == 0);
  }

  test::customers_api api;
};

}  // namespace

TEST_CASE_FIXTURE(remote, "another node delivers what a run reads, and the ledger stays here") {
  const test::database_fixture target{odbc::product::sqlite};
  target.run({test::customers_table});
  start_both(test::mirror_customers(source, target));
  const auto run = a().sync("customers");
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == rows);
  CHECK((test::customers_of(target) == test::customers_of(source)));
  source.run(
      {"DELETE FROM customers WHERE id = 1", "UPDATE customers SET name = 'X' WHERE id = 2"});
  const auto second = a().sync("customers");
  CHECK(second["updates"] == 1);
  CHECK(second["deletes"] == 1);
  CHECK((test::customers_of(target) == test::customers_of(source)));
  CHECK(a().sync("customers")["delivered"] == 0);
  const auto ledgers_of = [](const test::node_fixture& node) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(node.path() / "state"))
      if (entry.path().string().find("customers") != std::string::npos) ++files;
    return files;
  };
  CHECK(ledgers_of(a()) > 0);
  CHECK(ledgers_of(b()) == 0);
}

TEST_CASE_FIXTURE(remote, "rows that the destination refuses there are listed here") {
  const test::database_fixture target{odbc::product::sqlite};
  target.run(
      {"CREATE TABLE customers(id INT PRIMARY KEY, name VARCHAR(100), balance DECIMAL(12,2), "
       "CHECK (id <> 7))"});
  start_both(test::mirror_customers(source, target));
  const auto run = a().sync("customers", {}, 7);
  CHECK(run["rejected"] == 1);
  CHECK(run["delivered"] == rows - 1);
  const auto listed = a().json({"rejected", "customers"});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["key"]["id"] == 7);
}

TEST_CASE_FIXTURE(remote, "a destination that cannot be opened there fails the run, in its words") {
  const test::database_fixture target{odbc::product::sqlite};
  start_both(test::mirror_customers(source, target));
  const auto run = a().sync("customers", {}, 1);
  CHECK(run["state"] == "failed");
  INFO(run.dump(2));
  CHECK(run["error"]["code"] == "destination_failed");
  CHECK(test::contains(run["error"]["message"], "customers"));
}

TEST_CASE_FIXTURE(remote_api, "a stop drains through the other node") {
  start_both();
  start_and_hold();
  a().json({"stop", "customers", "--yes"});
  const auto draining =
      a().wait_for("customers", [](const auto& s) { return s["state"] == "draining"; });
  CHECK(draining["run"]["in_flight_at_stop"] > 0);
  api.server.release();
  const auto run = ended_run();
  CHECK(run["state"] == "stopped");
  CHECK(run["undelivered"] == 0);
  CHECK(run["delivered"] == api.customers().size());
  test::check_adds_up(run);
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "an abandoned drain gives up what the other node has in flight") {
  start_both();
  start_and_hold();
  const auto took = test::time_of([&] {
    a().json({"stop", "customers", "--yes", "--now", "--wait"});
  });
  CHECK(took < 5s * test::slowdown);
  const auto run = ended_run();
  CHECK(run["state"] == "stopped");
  CHECK(run["undelivered"] > 0);
  test::check_adds_up(run);
  api.server.release();
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "the other node is killed while rows are in flight") {
  start_both();
  start_and_hold();
  b().kill();
  wait_for_link("a", "b", "unreachable");
  api.server.release();
  SUBCASE("the run goes on when it is back") {
    b().start();
    const auto run = ended_run();
    CHECK(run["state"] == "succeeded");
    CHECK(run["delivered"] == rows);
    CHECK((api.customers() == test::customers_of(source)));
  }
  SUBCASE("a stop is drained when it is back") {
    a().json({"stop", "customers", "--yes"});
    b().start();
    const auto run = ended_run();
    CHECK(run["state"] == "stopped");
    test::check_adds_up(run);
  }
  SUBCASE("a drain is abandoned while it is away") {
    const auto took = test::time_of([&] {
      a().json({"stop", "customers", "--yes", "--now", "--wait"});
    });
    CHECK(took < 5s * test::slowdown);
    CHECK(ended_run()["state"] == "stopped");
    b().start();
    wait_for_link("a", "b", "linked");
  }
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "the other node is frozen while rows are in flight") {
  start_both();
  start_and_hold();
  b().node().signal(SIGSTOP);
  SUBCASE("for a moment: nothing is sent twice") {
    CHECK(a().json({"status", "customers"})["state"] == "running");
    b().node().signal(SIGCONT);
    api.server.release();
    CHECK(ended_run()["state"] == "succeeded");
    std::map<std::string, int> bodies;
    for (const auto& r : api.server.requests()) CHECK(++bodies[r.method + r.target + r.body] == 1);
  }
  SUBCASE("until the link is cut: its rows are sent again, and what it sends late does no harm") {
    wait_for_link("a", "b", "unreachable");
    b().node().signal(SIGCONT);
    api.server.release();
    CHECK(ended_run()["state"] == "succeeded");
  }
  check_converges();
}

TEST_CASE_FIXTURE(remote_api,
                  "the node that runs the connection is killed while rows are in flight") {
  start_both();
  start_and_hold();
  a().kill();
  // Node b hears of it, and gives up what nobody waits for any more.
  wait_for_link("b", "a", "unreachable");
  api.server.release();
  a().start();
  wait_for_link("a", "b", "linked");
  CHECK(a().json({"status", "customers"})["run"]["state"] == "interrupted");
  check_converges();
}

TEST_CASE_FIXTURE(remote_api,
                  "the node that runs the connection is frozen while rows are in flight") {
  start_both();
  start_and_hold();
  a().node().signal(SIGSTOP);
  wait_for_link("b", "a", "unreachable");
  a().node().signal(SIGCONT);
  api.server.release();
  CHECK(ended_run()["state"] == "succeeded");
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "the other node is shut down while rows are in flight") {
  start_both();
  start_and_hold();
  api.server.release();
  CHECK(b().terminate() == 0);
  b().start();
  CHECK(ended_run()["state"] == "succeeded");
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "a run waits for a node that is away when it begins") {
  start_both();
  b().kill();
  wait_for_link("a", "b", "unreachable");
  a().json({"sync", "customers"});
  a().wait_for("customers", [](const auto& s) { return s["state"] == "running"; });
  b().start();
  CHECK(ended_run()["state"] == "succeeded");
  check_converges();
}

TEST_CASE_FIXTURE(remote_api, "a node that stays away fails the run, and the next one converges") {
  start_both({{"give_up_after", "1s"}});
  start_and_hold();
  b().kill();
  api.server.release();
  const auto run = ended_run();
  CHECK(run["state"] == "failed");
  INFO(run.dump(2));
  CHECK(run["undelivered"] > 0);
  CHECK(test::contains(run["error"]["message"], "deliver on node 'b'"));
  CHECK(test::contains(run["error"]["message"], "given up after 1s"));
  test::check_adds_up(run);
  b().start();
  wait_for_link("a", "b", "linked");
  check_converges();
}
