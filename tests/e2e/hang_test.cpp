// Drivers that hang for good, or take the node with them. The real binary.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int rows = 50;
/// What a run goes on for without a thread, and some for a busy machine; see
/// active_run::leaves_within.
constexpr auto patience = (10s + 20s) * test::slowdown;

/// Customers in SQLite, mirrored into files or tables through a driver that hangs where it is told
/// to (tests/support/hanging_driver.cpp).
struct hung_node : test::node_fixture {
  hung_node() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
    fs::create_directory(calls());
    environment["HANGING_DRIVER"] = calls().string();
    may_hang = true;
  }
  [[nodiscard]] fs::path calls() const { return path() / "calls"; }
  void hang(const std::string& call) const { std::ofstream(calls() / call) << "hang"; }
  void let_go(const std::string& call) const { fs::remove(calls() / call); }
  void wait_until_it_hangs(const std::string& call) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!fs::exists(calls() / (call + ".hangs"))) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(10ms);
    }
  }

  /// `db`, through the driver that hangs.
  static std::string through_driver(const test::database_fixture& db) {
    const auto& text = db.connection_string();
    const auto driver = text.find("Driver=");
    REQUIRE(driver != std::string::npos);
    return text.substr(0, driver) + "Driver=" SLUICE_HANGING_DRIVER +
           text.substr(text.find(';', driver));
  }
  [[nodiscard]] document to_file(const std::string& name, const std::string& source_text) const {
    return {{"source", {{"odbc", source_text}, {"table", "customers"}, {"key", {"id"}}}},
            {"mode", "mirror"},
            {"delivery", {{"drain_timeout", "1s"}}},
            {"destination", {{"kind", "jsonl"}, {"path", file(name).string()}}}};
  }
  [[nodiscard]] fs::path file(const std::string& name) const { return path() / (name + ".jsonl"); }
  /// Asks for the status until `done(status)`, for longer than `wait_for`.
  template <class Done>
  document wait_long_for(const std::string& name, Done done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      auto status = json({"status", name});
      if (done(status)) return status;
      CAPTURE(status);
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(50ms);
    }
  }
  document wait_until_back(const std::string& name) {
    return wait_long_for(name, [](const auto& s) { return s["blocked"].is_null(); });
  }

  test::database_fixture source{odbc::product::sqlite};
};

}  // namespace

TEST_CASE_FIXTURE(hung_node, "a run ends without a driver that hangs, in whatever call") {
  // From the last call of a run to the first, so that each hangs where it should.
  const std::vector<std::string> where{"SQLDisconnect", "SQLFetch", "SQLExecDirect", "SQLGetInfo"};
  const test::reserved_port port;
  settings["http"] = {{"listen", "127.0.0.1:" + std::to_string(port.number())}};
  for (const auto& call : where) connection(call, to_file(call, through_driver(source)));
  connection("healthy", to_file("healthy", source.connection_string()));
  start();
  for (const auto& call : where) {
    hang(call);
    json({"sync", call});
    wait_until_it_hangs(call);
  }
  for (const auto& call : where) json({"stop", call, "--yes", "--now"});
  for (const auto& call : where) {
    CAPTURE(call);
    const auto status = wait_long_for(call, [](const auto& s) { return s["state"] == "idle"; });
    CHECK(status["hung_threads"] == 1);
    CHECK(status["blocked"]["code"] == "hanging");
    CHECK(test::contains(status["blocked"]["hint"], "restart the node"));
    // Whatever was delivered before the driver hung is told as such.
    const bool all = call == "SQLDisconnect";
    CHECK(status["run"]["state"] == (all ? "succeeded" : "failed"));
    CHECK(test::replay_jsonl(file(call)).size() == (all ? rows : 0));
    const auto refused = sluice({"sync", call});
    CHECK(refused.exit_code == 4);
    CHECK(refused.errors.find("hangs in a driver") != std::string::npos);
    CHECK(sluice({"reset", call, "--yes"}).exit_code == 4);
    CHECK(sluice({"status", call}).output.find("blocked") != std::string::npos);
  }
  CHECK(json({"connections"}).size() == where.size() + 1);
  CHECK(sluice({"connections", "--wide"}).output.find("blocked: reader of run") !=
        std::string::npos);
  CHECK(node().errors().find("the reader has not ended although it was told to") !=
        std::string::npos);
  const auto metrics = test::read_metrics(test::get(port.number(), "/metrics").body);
  CHECK(metrics.of("sluice_hung_threads", "SQLFetch") == 1);
  CHECK(metrics.of("sluice_connection_blocked", "SQLFetch") == 1);
  CHECK(metrics.of("sluice_hung_threads", "healthy") == 0);
  CHECK(sync("healthy")["delivered"] == rows);

  for (const auto& call : where) let_go(call);
  for (const auto& call : where) {
    CAPTURE(call);
    wait_until_back(call);
    CHECK(sync(call)["state"] == "succeeded");
    CHECK(test::replay_jsonl(file(call)).size() == rows);
  }
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(hung_node, "a run that is complete ends though its driver does not let go") {
  const test::database_fixture target(odbc::product::sqlite);
  target.run({test::customers_table});
  auto into = test::mirror_customers(source, target);
  into["destination"]["odbc"] = through_driver(target);
  into["delivery"]["writers"] = 1;
  connection("from", to_file("from", through_driver(source)));
  connection("into", into);
  start();
  hang("SQLDisconnect");
  for (const std::string name : {"from", "into"}) {
    CAPTURE(name);
    json({"sync", name});
    wait_until_it_hangs("SQLDisconnect");
    // Nobody stops it.
    const auto status = wait_long_for(name, [](const auto& s) { return s["state"] == "idle"; });
    CHECK(status["run"]["state"] == "succeeded");
    CHECK(status["run"]["delivered"] == rows);
    CHECK(test::contains(status["run"]["warnings"].dump(), "hangs"));
    CHECK(status["hung_threads"] == 1);
    CHECK(sluice({"sync", name}).exit_code == 4);
  }
  let_go("SQLDisconnect");
  for (const std::string name : {"from", "into"}) {
    wait_until_back(name);
    CHECK(sync(name)["unchanged"] == rows);
  }
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(hung_node,
                  "a destination that hangs leaves its rows in doubt, and gets them again") {
  const test::database_fixture target(odbc::product::sqlite);
  target.run({test::customers_table});
  auto config = test::mirror_customers(source, target);
  config["destination"]["odbc"] = through_driver(target);
  config["delivery"]["drain_timeout"] = "0s";
  config["delivery"]["writers"] = 1;
  connection("customers", config);
  start();
  hang("SQLExecute");
  json({"sync", "customers"});
  wait_until_it_hangs("SQLExecute");
  json({"stop", "customers", "--yes"});
  const auto status =
      wait_long_for("customers", [](const auto& s) { return s["state"] == "idle"; });
  CHECK(status["run"]["state"] == "failed");
  CHECK(status["run"]["undelivered"] == rows);
  CHECK(test::contains(status["blocked"]["message"], "writer 0"));
  let_go("SQLExecute");
  wait_until_back("customers");
  CHECK(sync("customers")["state"] == "succeeded");
  CHECK(test::customers_of(target) == test::customers_of(source));
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(hung_node, "SIGTERM ends a node whose drivers hang, and the next start goes on") {
  const std::vector<std::string> where{"SQLFetch", "SQLExecDirect", "SQLDriverConnect"};
  for (const auto& call : where) connection(call, to_file(call, through_driver(source)));
  start();
  for (const auto& call : where) {
    hang(call);
    json({"sync", call});
    wait_until_it_hangs(call);
  }
  node().signal(SIGTERM);
  const auto end = node().wait(patience);
  REQUIRE_MESSAGE(end, "the node still runs");
  CHECK(end->exit_code == 0);
  CHECK(end->errors.find("threads that hang") != std::string::npos);

  for (const auto& call : where) let_go(call);
  start();
  for (const auto& call : where) {
    CAPTURE(call);
    // Its end was recorded before the node ended.
    CHECK(json({"status", call})["run"]["state"] != "interrupted");
    CHECK(sync(call)["state"] == "succeeded");
    CHECK(test::replay_jsonl(file(call)).size() == rows);
  }
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(hung_node, "a preview whose driver hangs does not keep the node from ending") {
  connection("customers", to_file("customers", through_driver(source)));
  start();
  hang("SQLFetch");
  const auto preview = begin({"preview", "customers"});
  wait_until_it_hangs("SQLFetch");
  node().signal(SIGTERM);
  const auto end = node().wait(patience);
  REQUIRE_MESSAGE(end, "the node still runs");
  CHECK(end->exit_code == 0);
}

TEST_CASE_FIXTURE(hung_node,
                  "a driver that crashes takes the node along, and the next start goes on") {
  connection("customers", to_file("customers", through_driver(source)));
  start();
  std::ofstream(calls() / "SQLFetch.crash") << "crash";
  json({"sync", "customers"});
  const auto end = node().wait(patience);
  REQUIRE(end);
  CHECK(end->signal == SIGABRT);
  fs::remove(calls() / "SQLFetch.crash");

  start();  // as the service manager does
  const auto status = json({"status", "customers"});
  CHECK(status["run"]["state"] == "interrupted");
  CHECK(status["next_type"] == "full");
  CHECK(sync("customers")["delivered"] == rows);
  CHECK(test::replay_jsonl(file("customers")).size() == rows);
  CHECK(terminate() == 0);

  std::ifstream unit(std::string(SLUICE_SOURCE_DIR) + "/config/sluice.service.in");
  const std::string text(std::istreambuf_iterator<char>(unit), {});
  CHECK(text.find("\nRestart=on-failure\n") != std::string::npos);
}
