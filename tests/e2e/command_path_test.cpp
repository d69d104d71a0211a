// Commands that are given to one node and carried out by another, and who waits for what they
// begin. Real processes.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/customers_api.hpp"
#include "tests/e2e/customers_table.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

/// Node a runs `customers` into an API, whose answers the test may hold; node b runs nothing.
struct two_nodes : test::cluster_fixture {
  two_nodes() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 500)});
    add("a").connection("customers", test::mirror_customers(source, api.server));
    add("b");
    start({"a", "b"});
  }
  test::node_fixture& a() { return (*this)["a"]; }
  test::node_fixture& b() { return (*this)["b"]; }

  /// Starts a run, and returns its id when it waits for the API.
  std::string start_and_hold() {
    api.server.enqueue({}, 3);
    api.server.enqueue({.hold = true}, 2);
    const auto run = a().json({"sync", "customers"})["run"];
    REQUIRE(api.server.wait_for_requests(4, 20s));
    return run;
  }
  /// A `sync --wait` that is given to `node`, when it has said that it waits.
  static std::unique_ptr<test::process> wait_behind(test::node_fixture& node) {
    auto waiting = node.begin({"sync", "customers", "--wait"});
    REQUIRE(waiting->wait_for_errors("waits for the present run to end", 10s));
    return waiting;
  }
  document idle() {
    return a().wait_for("customers", [](const auto& s) { return s["state"] == "idle"; });
  }
  /// No other run has begun, now that the one that was held has ended.
  void check_only(const std::string& run) {
    api.server.release();
    CHECK(idle()["run"]["run"] == run);
    CHECK(a().json({"runs", "customers"}).size() == 1);
  }

  test::database_fixture source{odbc::product::sqlite};
  test::customers_api api;
};

}  // namespace

TEST_CASE_FIXTURE(two_nodes,
                  "a sync that waits runs when its turn comes, whichever node is asked") {
  test::node_fixture* asked = &b();
  SUBCASE("the one that runs it") { asked = &a(); }
  SUBCASE("another one") {}
  const auto present = start_and_hold();
  auto waiting = wait_behind(*asked);
  // Whoever carried the command between the nodes has gone by then.
  CHECK_FALSE(waiting->wait(1500ms));
  api.server.release();
  const auto ended = waiting->wait(20s);
  REQUIRE(ended);
  INFO(ended->errors);
  CHECK(ended->exit_code == 0);
  CHECK(ended->output.find("succeeded") != std::string::npos);
  CHECK(idle()["run"]["run"] != present);
}

TEST_CASE_FIXTURE(two_nodes,
                  "a sync that waits through another node is withdrawn by an interrupt") {
  const auto present = start_and_hold();
  auto waiting = wait_behind(b());
  auto another = wait_behind(b());
  waiting->signal(SIGINT);
  another->signal(SIGKILL);
  REQUIRE(waiting->wait(10s));
  REQUIRE(another->wait(10s));
  check_only(present);
}

TEST_CASE_FIXTURE(two_nodes, "a sync that waits is withdrawn when the node that was asked dies") {
  const auto present = start_and_hold();
  auto waiting = wait_behind(b());
  b().kill();
  wait_for_link("a", "b", "unreachable");
  const auto ended = waiting->wait(10s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 3);
  check_only(present);
}

TEST_CASE_FIXTURE(two_nodes, "a connection that was removed answers where it drains") {
  const auto run = start_and_hold();
  auto following = b().begin({"stop", "customers", "--yes", "--wait"});
  a().wait_for("customers", [](const auto& s) { return s["state"] == "draining"; });
  std::filesystem::remove(a().path() / "connections" / "customers.json");
  CHECK(a().json({"reload"})["removed"] == document{"customers"});
  for (auto* node : {&a(), &b()}) {
    CHECK(node->json({"connections"})[0]["connection"] == "customers");
    const auto status = node->json({"status", "customers"});
    CHECK(status["state"] == "draining");
    CHECK(status["run"]["run"] == run);
    CHECK(node->json({"runs", "customers"})[0]["run"] == run);
    CHECK(node->sluice({"sync", "customers"}).exit_code != 0);
  }
  api.server.release();
  // Whoever follows the run through another node sees its end.
  const auto ended = following->wait(20s);
  REQUIRE(ended);
  INFO(ended->errors);
  CHECK(ended->exit_code == 0);
  const auto end = std::chrono::steady_clock::now() + 10s;
  for (auto* node : {&a(), &b()})
    while (node->sluice({"status", "customers"}).exit_code != 5)
      REQUIRE(std::chrono::steady_clock::now() < end);
}
