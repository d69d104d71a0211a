// Several nodes on several addresses: any of them answers for all. Real processes.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/customers_table.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

struct cluster : test::cluster_fixture {
  cluster() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 20)});
  }

  [[nodiscard]] document to_file(const std::string& name) const {
    return {
        {"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
        {"mode", "mirror"},
        {"destination", {{"kind", "jsonl"}, {"path", (dir.path() / (name + ".jsonl")).string()}}}};
  }
  [[nodiscard]] document endless(const std::string& name) const {
    auto config = to_file(name);
    config["mode"] = "upsert";
    config["source"].erase("table");
    config["source"]["query"] =
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n";
    return config;
  }
  [[nodiscard]] std::map<std::string, document> delivered(const std::string& name) const {
    return test::replay_jsonl(dir.path() / (name + ".jsonl"));
  }

  test::database_fixture source{odbc::product::sqlite};
};

}  // namespace

TEST_CASE_FIXTURE(cluster, "any node answers for the connections of all") {
  add("a").connection("alpha", to_file("alpha"));
  add("b").connection("beta", to_file("beta"));
  add("c");
  start({"a", "b", "c"});
  auto& c = (*this)["c"];

  const auto listed = c.json({"connections"});
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["connection"] == "alpha");
  CHECK(listed[0]["node"] == "a");
  CHECK(listed[1]["connection"] == "beta");
  CHECK(listed[1]["node"] == "b");

  const auto run = c.sync("beta");
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == 20);
  CHECK(delivered("beta").size() == 20);
  CHECK(c.json({"status", "beta"})["run"]["run"] == run["run"]);
  CHECK(c.json({"runs", "beta"})[0]["run"] == run["run"]);
  CHECK(c.json({"rejected", "beta"}).empty());
  CHECK(c.json({"preview", "beta"})["unchanged"] == 20);
  CHECK(c.json({"disable", "beta"})["state"] == "disabled");
  CHECK((*this)["b"].json({"status", "beta"})["state"] == "disabled");
  CHECK(c.sluice({"sync", "beta"}).exit_code == 4);
  CHECK(c.json({"enable", "beta"})["state"] == "idle");
  CHECK(c.sluice({"status", "gamma"}).exit_code == 5);

  const auto all = nodes("a");
  CHECK(all.at("a")["link"] == "self");
  CHECK(all.at("b")["link"] == "linked");
  CHECK(all.at("b")["connections"] == document{"beta"});
  CHECK(all.at("b")["version"] == all.at("a")["version"]);
  const auto text = c.sluice({"nodes"}).output;
  INFO(text);
  CHECK(text.find("beta") != std::string::npos);
  CHECK(text.find(tls_address("a")) != std::string::npos);
}

TEST_CASE_FIXTURE(cluster,
                  "a stop sent to another node drains, and a follower there sees the end") {
  add("a").connection("endless", endless("endless"));
  add("b");
  start({"a", "b"});
  auto& b = (*this)["b"];
  b.json({"sync", "endless"});
  b.wait_for("endless", [](const auto& s) { return s["run"]["delivered"] > 0; });
  const auto stopped = b.json({"stop", "endless", "--yes", "--wait"}, 0);
  CHECK(stopped["state"] == "stopped");
  test::check_adds_up(stopped);
  CHECK(delivered("endless").size() == stopped["delivered"]);
}

TEST_CASE_FIXTURE(cluster,
                  "a node that was killed is reported at once, and answers when it is back") {
  add("a").connection("alpha", to_file("alpha"));
  add("b");
  start({"a", "b"});
  (*this)["a"].kill();
  wait_for_link("b", "a", "unreachable");

  const auto refused = (*this)["b"].sluice({"status", "alpha"});
  CHECK(refused.exit_code == 3);
  INFO(refused.errors);
  CHECK(refused.errors.find("it runs on node a, and it cannot be reached") != std::string::npos);
  const auto listed = (*this)["b"].json({"connections"});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["state"] == "unreachable");
  CHECK(listed[0]["node"] == "a");

  (*this)["a"].start();
  wait_for_link("b", "a", "linked");
  CHECK((*this)["b"].sync("alpha")["delivered"] == 20);
}

TEST_CASE_FIXTURE(cluster, "a frozen node costs whoever asks for it a time-out, and nothing else") {
  add("a").connection("alpha", to_file("alpha"));
  add("b").connection("beta", to_file("beta"));
  start({"a", "b"});
  (*this)["a"].node().signal(SIGSTOP);
  const auto took = test::time_of([&] {
    const auto refused = (*this)["b"].sluice({"status", "alpha"});
    INFO(refused.errors);
    CHECK(refused.exit_code == 3);
    CHECK(refused.errors.find("a") != std::string::npos);
  });
  CHECK(took < 9s);
  CHECK((*this)["b"].sync("beta")["state"] == "succeeded");
  wait_for_link("b", "a", "unreachable");
  (*this)["a"].node().signal(SIGCONT);
  wait_for_link("b", "a", "linked");
  wait_for_link("a", "b", "linked");
  CHECK((*this)["b"].sync("alpha")["state"] == "succeeded");
}

TEST_CASE_FIXTURE(cluster, "nodes that dial each other end up with one link that works both ways") {
  for (const auto* name : {"a", "b", "c"}) add(name).connection(name, to_file(name));
  for (const auto* name : {"a", "b", "c"}) peer(name, {"a", "b", "c"});
  for (const auto* name : {"a", "b", "c"}) (*this)[name].start();
  for (const auto* from : {"a", "b", "c"})
    for (const auto* to : {"a", "b", "c"}) {
      if (from != std::string(to)) wait_for_link(from, to, "linked");
      CHECK((*this)[from].json({"status", to})["node"] == to);
    }
  for (const auto* name : {"a", "b", "c"}) {
    const auto log = (*this)[name].node().errors();
    INFO(log);
    CHECK(log.find("turned away") == std::string::npos);
    CHECK(log.find("hung up") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(cluster, "a connection that two nodes run is reported by both") {
  add("a").connection("twice", to_file("twice"));
  add("b").connection("twice", to_file("other"));
  add("c");
  start({"a", "b", "c"});
  for (const auto* name : {"a", "b"}) {
    CHECK((*this)[name].node().wait_for_errors("nodes a, b all run it", 10s));
    CHECK(nodes(name).at(name)["conflicts"] == document{"twice"});
  }
  const auto ambiguous = (*this)["c"].sluice({"status", "twice"});
  CHECK(ambiguous.exit_code == 2);
  CHECK(ambiguous.errors.find("a, b both run it") != std::string::npos);
  // Each answers for its own.
  CHECK((*this)["b"].json({"status", "twice"})["node"] == "b");
}

TEST_CASE_FIXTURE(cluster, "one set of files for all nodes: each runs what is assigned to it") {
  auto beta = to_file("beta");
  beta["node"] = "b";
  auto alpha = to_file("alpha");
  alpha["node"] = "a";
  for (const auto* name : {"a", "b"}) {
    auto& node = add(name);
    node.connection("alpha", alpha);
    node.connection("beta", beta);
  }
  (*this)["a"].start();
  const auto early = (*this)["a"].sluice({"status", "beta"});
  CHECK(early.exit_code == 3);
  CHECK(early.errors.find("it runs on node b, and it cannot be reached") != std::string::npos);
  peer("b", {"a"});
  (*this)["b"].start();
  wait_for_link("a", "b", "linked");
  CHECK((*this)["a"].sync("beta")["delivered"] == 20);
  CHECK((*this)["a"].json({"status", "beta"})["node"] == "b");
  CHECK(nodes("a").at("a")["conflicts"].empty());
}

TEST_CASE_FIXTURE(cluster, "a reload tells the others what a node runs now") {
  add("a").connection("alpha", to_file("alpha"));
  add("b");
  start({"a", "b"});
  (*this)["a"].connection("late", to_file("late"));
  CHECK((*this)["a"].json({"reload"})["added"] == document{"late"});
  const auto end = std::chrono::steady_clock::now() + 10s;
  while ((*this)["b"].sluice({"status", "late"}).exit_code != 0)
    REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK((*this)["b"].sync("late")["delivered"] == 20);
}
