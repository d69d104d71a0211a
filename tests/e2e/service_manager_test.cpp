// A node under a service manager: the test holds the socket that systemd would hold.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/notify_socket.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto patience = 30s;

/// A node that reports to the test.
struct supervised_node {
  explicit supervised_node(const char* watchdog_microseconds = nullptr) {
    node.environment["NOTIFY_SOCKET"] = manager.address();
    if (watchdog_microseconds != nullptr) node.environment["WATCHDOG_USEC"] = watchdog_microseconds;
  }

  test::node_fixture node;
  test::notify_socket manager{node.path() / "notify"};
};

/// Waits until the kernel says that the process is stopped.
void wait_until_frozen(pid_t pid) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    if (text.find(") T ") != std::string::npos) return;
    REQUIRE(std::chrono::steady_clock::now() < end);
  }
}

json to_api_by_one_writer(const test::database_fixture& from, const test::http_server& api) {
  return {{"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
          {"delivery", {{"writers", 1}, {"drain_timeout", "300s"}}},
          {"destination",
           {{"kind", "http"},
            {"upsert",
             {{"method", "POST"},
              {"url", api.url("/customers")},
              {"body", {{"customers", "{{rows}}"}}}}},
            {"batch_rows", 50}}}};
}

}  // namespace

TEST_CASE(
    "the service manager hears that a node is ready when it takes commands, and that it ends") {
  supervised_node supervised;
  auto& node = supervised.node;
  node.start();
  const auto ready = supervised.manager.next(patience);
  REQUIRE(ready);
  CHECK(*ready == "READY=1\nSTATUS=serving at " + node.address() + "; connections: 0");
  CHECK(node.json({"connections"}) == json::array());
  CHECK_FALSE(supervised.manager.next(0ms));
  CHECK(node.terminate() == 0);
  CHECK(supervised.manager.next(0ms) == "STOPPING=1\nSTATUS=connections drain");
}

TEST_CASE("the service manager hears when a reload begins and ends, also one that is refused") {
  supervised_node supervised;
  auto& node = supervised.node;
  node.start();
  REQUIRE(supervised.manager.wait_for("READY=1", patience));
  node.node().signal(SIGHUP);
  const auto begun = supervised.manager.next(patience);
  REQUIRE(begun);
  CHECK(begun->starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(supervised.manager.next(patience) == "READY=1\nSTATUS=reloaded");
  std::ofstream(node.config_file()) << "{";
  node.node().signal(SIGHUP);
  CHECK(supervised.manager.wait_for("RELOADING=1", patience));
  CHECK(supervised.manager.next(patience) == "READY=1\nSTATUS=not reloaded: see the log");
  CHECK(node.terminate() == 0);
}

TEST_CASE("a node that cannot start is never ready") {
  supervised_node supervised;
  supervised.node.start();
  REQUIRE(supervised.manager.wait_for("READY=1", patience));
  // A second one on the same state is refused.
  CHECK(supervised.node.start_and_fail().exit_code != 0);
  CHECK_FALSE(supervised.manager.next(0ms));
}

TEST_CASE("the watchdog is fed by a node that works, and starves while it is frozen") {
  supervised_node supervised("200000");
  auto& node = supervised.node;
  node.start();
  for (int i = 0; i < 3; ++i) CHECK(supervised.manager.wait_for("WATCHDOG=1", patience));
  node.node().signal(SIGSTOP);
  wait_until_frozen(node.node().pid());
  supervised.manager.clear();
  CHECK_FALSE(supervised.manager.next(1s));
  node.node().signal(SIGCONT);
  CHECK(supervised.manager.wait_for("WATCHDOG=1", patience));
  CHECK(node.terminate() == 0);
}

TEST_CASE("a node asks for time while it drains, and tells that a second signal ends that") {
  test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 50)});
  test::http_server api;
  api.otherwise({.hold = true});
  supervised_node supervised;
  auto& node = supervised.node;
  node.connection("customers", to_api_by_one_writer(source, api));
  node.start();
  node.json({"sync", "customers"});
  REQUIRE(api.wait_for_requests(1, patience));

  node.node().signal(SIGTERM);
  CHECK(supervised.manager.wait_for("STOPPING=1", patience));
  node.node().signal(SIGTERM);  // as from who ends the process and its group: the first once more
  CHECK(supervised.manager.wait_for("EXTEND_TIMEOUT_USEC=30000000", patience));
  CHECK_FALSE(supervised.manager.wait_for("STATUS=drains are given up", 1s));
  node.node().signal(SIGTERM);
  CHECK(supervised.manager.wait_for("STATUS=drains are given up", patience));
  api.release();
  const auto ended = node.node().wait(patience);
  REQUIRE(ended);
  CHECK(ended->exit_code == 0);
}

TEST_CASE("a service manager that is not there is a warning, and the node works") {
  test::node_fixture node;
  node.environment["NOTIFY_SOCKET"] = "/no/such/socket";
  node.start();
  CHECK(node.node().wait_for_errors("NOTIFY_SOCKET=/no/such/socket: No such file", patience));
  CHECK(node.json({"connections"}) == json::array());
  CHECK(node.terminate() == 0);
}
