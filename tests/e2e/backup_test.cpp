// Backups of a node that works, what is put back from them, and state that is taken away.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/reserved_port.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct backed_up_node {
  const test::database_fixture source{odbc::product::sqlite};
  const test::database_fixture target{odbc::product::sqlite};
  test::node_fixture node;

  explicit backed_up_node(const std::string& mode = "upsert") {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 2'000)});
    target.run({test::customers_table});
    auto config = test::mirror_customers(source, target);
    config["mode"] = mode;
    node.connection("customers", config);
    node.start();
    node.sync("customers");
  }

  /// A command that works on the state, which takes no address.
  json on_state(std::vector<std::string> words, int code = 0) const {
    words.insert(words.end(), {"--config", node.config_file().string(), "--json"});
    const auto ended = test::run_program({node.binary, words});
    CAPTURE(ended.output);
    CAPTURE(ended.errors);
    CHECK(ended.exit_code == code);
    return json::parse(ended.output);
  }
  json back_up(const std::string& name) const {
    return on_state({"backup", (node.path() / name).string()});
  }
  json put_back(const std::string& name) const {
    return on_state({"restore", (node.path() / name).string(), "--replace"});
  }
  /// The run after a restore and the one after that.
  void check_converges() {
    const auto run = node.sync("customers");
    CHECK(run["type"] == "full");
    CHECK(run["delivered"] == run["read"]);
    CHECK(test::contains(run["warnings"][0], "come from the backup of"));
    CHECK(test::customers_of(target) == test::customers_of(source));
    const auto next = node.sync("customers");
    CHECK(next["type"] == "incremental");
    CHECK(next["delivered"] == 0);
    CHECK(next["warnings"].empty());
  }
};

}  // namespace

TEST_CASE_FIXTURE(backed_up_node, "backups made while runs go on are each put back and converge") {
  constexpr int backups = 5;
  for (int i = 0; i < backups; ++i) {
    // Enough for a journal that is worth a merge now and then.
    source.run({"UPDATE customers SET name = 'run " + std::to_string(i) + "'"});
    const auto run = node.begin({"sync", "customers", "--wait", "--json"});
    const auto made = back_up("backup" + std::to_string(i));
    CHECK(made["ledgers"] == 1);
    REQUIRE(run->wait(60s));
  }
  node.terminate();
  for (int i = 0; i < backups; ++i) {
    CAPTURE(i);
    put_back("backup" + std::to_string(i));
    node.start();
    check_converges();
    node.terminate();
  }
}

TEST_CASE_FIXTURE(backed_up_node, "a backup made in a run that was killed later is put back") {
  source.run({"UPDATE customers SET name = 'changed'"});
  node.terminate();
  node.environment["SLUICE_FAIL_POINT"] = "after_outcome:3";
  node.start();
  const auto command = node.begin({"sync", "customers", "--wait"});
  node.wait_for_crash();
  REQUIRE(command->wait(30s));
  node.environment.clear();
  back_up("backup");
  node.start();
  CHECK(node.sync("customers")["warnings"].empty());
  node.terminate();
  put_back("backup");
  put_back("backup");  // twice is as good as once
  node.start();
  check_converges();
}

TEST_CASE("a restored mirror deletes what the backup knows and owns up to what it does not") {
  backed_up_node all("mirror");
  all.back_up("backup");
  all.source.run({"INSERT INTO customers VALUES (100001, 'short-lived', 1)"});
  all.node.sync("customers");
  all.source.run({"DELETE FROM customers WHERE id > 100000 OR id <= 10"});
  all.node.terminate();
  all.put_back("backup");
  all.node.start();
  const auto run = all.node.sync("customers", {}, 1);
  CHECK(run["state"] == "failed");
  CHECK(run["deletes"] == 10);
  CHECK(run["undelivered"] == 0);
  CHECK(test::contains(run["error"]["message"], "have vanished from the source are not known"));
  all.target.run({"DELETE FROM customers WHERE id > 100000"});
  CHECK(test::customers_of(all.target) == test::customers_of(all.source));
  CHECK(all.node.sync("customers")["delivered"] == 0);
}

TEST_CASE_FIXTURE(backed_up_node, "nothing is put back under a node that runs or over its state") {
  back_up("backup");
  const auto folder = (node.path() / "backup").string();
  const auto locked = on_state({"restore", folder, "--replace"}, 1);
  CHECK(locked["error"]["code"] == "state_locked");
  node.terminate();
  const auto refused = on_state({"restore", folder}, 2);
  CHECK(test::contains(refused["error"]["hint"], "--replace"));
  CHECK(test::contains(on_state({"backup", folder}, 2)["error"]["message"], "not empty"));
  node.start();
  CHECK(node.sync("customers")["type"] == "incremental");
}

TEST_CASE_FIXTURE(backed_up_node, "a second node does not start although the lock file is gone") {
  fs::remove(node.path() / "state/lock");
  std::ifstream in(node.config_file());
  auto config = json::parse(in);
  config["listen"] = {"unix:" + (node.path() / "second.sock").string()};
  config["node"] = "second";
  const auto file = node.path() / "second.json";
  std::ofstream(file) << config;
  const auto ended = test::run_program({node.binary, {"node", "--config", file.string()}});
  CHECK(ended.exit_code == 1);
  CHECK(test::contains(ended.errors, "another node uses it"));
}

TEST_CASE_FIXTURE(backed_up_node, "runs do not go on in a catalog that was taken away") {
  node.terminate();
  const test::reserved_port port;
  node.settings["http"] = {{"listen", "127.0.0.1:" + std::to_string(port.number())}};
  node.start();
  CHECK(test::get(port.number(), "/healthz").status == 200);
  SUBCASE("the catalog is removed") {
    for (const auto& name : {"catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"})
      fs::remove(node.path() / "state" / name);
  }
  SUBCASE("all state is moved away") { fs::rename(node.path() / "state", node.path() / "away"); }
  const auto refused = node.json({"sync", "customers", "--wait"}, 1);
  CHECK(refused["error"]["code"] == "catalog_failed");
  CHECK(test::contains(refused["error"]["message"], "was removed or replaced"));
  CHECK(test::contains(refused["error"]["hint"], "put it back"));
  const auto health = test::get(port.number(), "/healthz");
  CHECK(health.status == 503);
  CHECK(health.body.find("was removed or replaced") != std::string::npos);
  if (fs::exists(node.path() / "away")) {
    fs::rename(node.path() / "away", node.path() / "state");
    CHECK(test::get(port.number(), "/healthz").status == 200);
    CHECK(node.sync("customers")["type"] == "incremental");
  }
  node.terminate();
}
