// What keeps a node running for months: schedules, disabling, reloading, resetting. The real
// binary.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

/// Customers in SQLite, mirrored into a file.
struct operated : test::node_fixture {
  operated() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 20)});
  }

  [[nodiscard]] document to_file(const std::string& name) const {
    return {
        {"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
        {"mode", "mirror"},
        {"destination", {{"kind", "jsonl"}, {"path", (path() / (name + ".jsonl")).string()}}}};
  }
  /// Reads rows without end.
  [[nodiscard]] document endless(const std::string& name) const {
    auto config = to_file(name);
    config["source"].erase("table");
    config["source"]["query"] =
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n";
    return config;
  }
  document ask(std::vector<std::string> arguments, int code = 0) {
    return json(std::move(arguments), code);
  }
  document runs(const std::string& name) { return ask({"runs", name}); }
  void run_endlessly(const std::string& name) {
    ask({"sync", name});
    wait_for(name, [](const auto& s) { return s["run"]["read"] > 0; });
  }
  /// Waits until the status of a connection is no longer an error, or is one.
  void wait_for_exit_code(const std::vector<std::string>& arguments, int code) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (sluice(arguments).exit_code != code)
      REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, "no such answer");
  }

  test::database_fixture source{odbc::product::sqlite};
};

}  // namespace

TEST_CASE_FIXTURE(operated, "a scheduled connection runs by itself, and the one that follows it") {
  auto first = to_file("first");
  first["schedule"] = {{"every", "1s"}};
  auto second = to_file("second");
  second["schedule"] = {{"after", "first"}};
  connection("first", first);
  connection("second", second);
  start();
  const auto status = wait_for("second", [](const auto& s) {
    return !s["run"].is_null() && s["run"]["state"] == "succeeded";
  });
  CHECK(status["run"]["trigger"] == "schedule");
  CHECK(status["next_run_at"].is_null());
  const auto leader = ask({"status", "first"});
  CHECK(leader["run"]["trigger"] == "schedule");
  CHECK(leader["next_run_at"].is_string());
  CHECK(test::replay_jsonl(path() / "second.jsonl").size() == 20);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "a run that is due while another one is active is a skipped entry") {
  auto config = endless("customers");
  config["schedule"] = {{"every", "1s"}};
  connection("customers", config);
  start();
  document listed;
  const auto end = std::chrono::steady_clock::now() + 20s;
  do {
    listed = runs("customers");
    REQUIRE(std::chrono::steady_clock::now() < end);
  } while (listed.size() < 2);
  CHECK(listed[0]["state"] == "skipped");
  CHECK(listed[0]["error"]["code"] == "already_running");
  CHECK(test::contains(listed[0]["error"]["message"], listed.back()["run"].get<std::string>()));
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated,
                  "disabling stops a run and lasts over a restart; enabling continues its type") {
  connection("customers", endless("customers"));
  start();
  run_endlessly("customers");
  const auto disabled = ask({"disable", "customers"});
  CHECK((disabled["state"] == "draining" || disabled["state"] == "disabled"));
  wait_for("customers", [](const auto& s) { return s["state"] == "disabled"; });
  CHECK(ask({"sync", "customers"}, 4)["error"]["code"] == "disabled");
  CHECK(terminate() == 0);
  start();
  const auto restarted = ask({"status", "customers"});
  CHECK(restarted["state"] == "disabled");
  CHECK(restarted["run"]["state"] == "stopped");
  CHECK(restarted["next_type"] == "full");
  CHECK(ask({"enable", "customers"})["state"] == "idle");
  CHECK(ask({"sync", "customers"})["continues"] == restarted["run"]["run"]);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated,
                  "a reload adds, removes and changes connections and leaves the others alone") {
  connection("kept", to_file("kept"));
  connection("changed", to_file("changed"));
  connection("removed", to_file("removed"));
  start();
  sync("kept");
  sync("changed");
  sync("removed");

  auto changed = to_file("changed");
  changed["mapping"] = {{"id", "id"}};
  connection("changed", changed);
  connection("added", to_file("added"));
  std::filesystem::remove(path() / "connections" / "removed.json");
  const auto report = ask({"reload"});
  CHECK(report["added"] == document{"added"});
  CHECK(report["removed"] == document{"removed"});
  CHECK(report["changed"] == document{"changed"});
  CHECK(report["stopped"].empty());
  CHECK(report["unchanged"] == 1);

  const auto status = ask({"status", "changed"});
  CHECK(status["next_type"] == "full");
  CHECK(status["next_reason"] == "the mapping changed");
  CHECK(sync("changed")["type"] == "full");
  CHECK(sync("kept")["type"] == "incremental");
  wait_for_exit_code({"status", "added"}, 0);
  CHECK(sync("added")["inserts"] == 20);
  CHECK(sluice({"status", "removed"}).exit_code == 5);

  // Its history and its ledger are kept.
  connection("removed", to_file("removed"));
  ask({"reload"});
  wait_for_exit_code({"status", "removed"}, 0);
  CHECK(runs("removed").size() == 1);
  CHECK(sync("removed")["unchanged"] == 20);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "an invalid configuration changes nothing and every problem is told") {
  connection("customers", to_file("customers"));
  start();
  connection("broken", {{"source", 1}});
  connection("other", {{"mode", "mirorr"}});
  const auto refused = sluice({"reload"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.errors.find("broken.json") != std::string::npos);
  CHECK(refused.errors.find("did you mean \"mirror\"") != std::string::npos);
  CHECK(ask({"reload"}, 2)["error"]["code"] == "invalid_config");
  CHECK(ask({"connections"}).size() == 1);
  CHECK(sync("customers")["state"] == "succeeded");
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "SIGHUP reloads") {
  connection("customers", to_file("customers"));
  start();
  connection("added", to_file("added"));
  node().signal(SIGHUP);
  wait_for_exit_code({"status", "added"}, 0);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated,
                  "a running sync outlives a change of its schedule and not one of its source") {
  auto config = endless("customers");
  connection("customers", config);
  start();
  run_endlessly("customers");
  config["schedule"] = {{"every", "24h"}};
  connection("customers", config);
  CHECK(ask({"reload"})["stopped"].empty());
  CHECK(ask({"status", "customers"})["state"] == "running");
  connection("customers", to_file("customers"));
  CHECK(ask({"reload"})["stopped"] == document{"customers"});
  wait_for("customers", [](const auto& s) { return s["state"] == "idle"; });
  CHECK(runs("customers")[0]["state"] == "stopped");
  const auto run = sync("customers");
  CHECK(run["type"] == "full");
  CHECK(run["inserts"] == 20);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "a connection that is removed while it runs drains and may come back") {
  connection("customers", endless("customers"));
  start();
  run_endlessly("customers");
  std::filesystem::remove(path() / "connections" / "customers.json");
  CHECK(ask({"reload"})["removed"] == document{"customers"});
  connection("customers", endless("customers"));
  ask({"reload"});
  wait_for_exit_code({"status", "customers"}, 0);
  CHECK(runs("customers")[0]["state"] == "stopped");
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "a reset delivers everything again, and asks first") {
  connection("customers", to_file("customers"));
  start();
  sync("customers");
  const auto unasked = sluice({"reset", "customers"});
  CHECK(unasked.exit_code == 2);
  CHECK(unasked.errors.find("--yes") != std::string::npos);
  CHECK(sync("customers")["unchanged"] == 20);
  CHECK(ask({"reset", "customers", "--yes"})["ledger_rows"] == 0);
  const auto run = sync("customers");
  CHECK(run["type"] == "full");
  CHECK(run["inserts"] == 20);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated,
                  "a destination that is filled already is adopted without sending a row") {
  connection("customers", to_file("customers"));
  start();
  const auto assumed = ask({"reset", "customers", "--assume-synced", "--yes"});
  CHECK(assumed["state"] == "succeeded");
  CHECK(assumed["unchanged"] == 20);
  CHECK(assumed["delivered"] == 0);
  source.run({"UPDATE customers SET name = 'changed' WHERE id = 7"});
  CHECK(sync("customers")["updates"] == 1);
  CHECK(test::replay_jsonl(path() / "customers.jsonl").size() == 1);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(operated, "an initial backfill may be assumed as well") {
  auto config = to_file("customers");
  config["initial"] = "assume_synced";
  connection("customers", config);
  start();
  CHECK(test::contains(ask({"status", "customers"})["next_reason"], "sends none"));
  const auto first = sync("customers");
  CHECK(first["unchanged"] == 20);
  CHECK(first["delivered"] == 0);
  CHECK_FALSE(first["warnings"].empty());
  source.run({"DELETE FROM customers WHERE id = 7"});
  CHECK(sync("customers")["deletes"] == 1);
  CHECK(sync("customers", {"--full"})["updates"] == 19);
  CHECK(terminate() == 0);
}
