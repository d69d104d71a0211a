// Nodes on hosts of their own: network namespaces that a cable joins, which is pulled. Needs the
// right to make namespaces.
#include <doctest/doctest.h>

#include <unistd.h>

#include <iostream>

#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/support/slow_road.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

/// Two hosts, a and b, and a cable between them.
class two_hosts {
 public:
  two_hosts() {
    // The name has the process's number: runs of other checkouts are on this machine, too.
    for (const auto* host : {"a", "b"})
      made_ = made_ && ip({"netns", "add", name(host)}) &&
              ip({"-n", name(host), "link", "set", "lo", "up"});
    made_ = made_ && ip({"-n", name("a"), "link", "add", "cable", "type", "veth", "peer", "name",
                         "cable", "netns", name("b")});
    for (const auto* host : {"a", "b"})
      made_ = made_ &&
              ip({"-n", name(host), "addr", "add", address(host) + "/24", "dev", "cable"}) &&
              ip({"-n", name(host), "link", "set", "cable", "up"});
  }
  ~two_hosts() {
    for (const auto* host : {"a", "b"}) ip({"netns", "del", name(host)});
  }
  two_hosts(const two_hosts&) = delete;
  two_hosts& operator=(const two_hosts&) = delete;

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] static std::string address(const std::string& host) {
    return host == "a" ? "10.77.0.1" : "10.77.0.2";
  }
  [[nodiscard]] static std::string name(const std::string& host) {
    return "sluice-" + std::to_string(::getpid()) + "-" + host;
  }
  void pull() const { REQUIRE(ip({"-n", name("a"), "link", "set", "cable", "down"})); }
  void plug() const { REQUIRE(ip({"-n", name("a"), "link", "set", "cable", "up"})); }
  /// What `from` sends goes nowhere, silently, since it has the wrong hardware address of the
  /// other.
  void deafen(const std::string& from) const {
    const auto other = address(from == "a" ? "b" : "a");
    REQUIRE(ip({"-n", name(from), "neigh", "replace", other, "lladdr", "02:00:00:00:00:99", "dev",
                "cable", "nud", "permanent"}));
  }
  void hear(const std::string& from) const {
    const auto other = address(from == "a" ? "b" : "a");
    REQUIRE(ip({"-n", name(from), "neigh", "del", other, "dev", "cable"}));
  }

 private:
  static bool ip(std::vector<std::string> arguments) {
    return test::run_program({.program = "ip", .arguments = std::move(arguments)}).exit_code == 0;
  }

  bool made_ = true;
};

struct networked : test::cluster_fixture {
  networked() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 20)});
  }

  /// False, loudly, where namespaces are not permitted.
  bool start_hosts() {
    if (!hosts.made()) {
      std::cerr << "\n*** SKIPPED: network namespaces are not permitted here: what a cut network "
                   "does to a cluster is not tested ***\n\n";
      return false;
    }
    for (const auto* host : {"a", "b"}) {
      auto& node = add(host, two_hosts::address(host), 4600);
      node.wrapper = {"ip", "netns", "exec", two_hosts::name(host)};
      auto config = document{
          {"source",
           {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
          {"destination",
           {{"kind", "jsonl"}, {"path", (dir.path() / (std::string(host) + ".jsonl")).string()}}}};
      node.connection(host, config);
    }
    start({"a", "b"});
    return true;
  }

  two_hosts hosts;
  test::database_fixture source{odbc::product::sqlite};
};

}  // namespace

TEST_CASE_FIXTURE(networked, "nodes whose cable was pulled find each other again") {
  if (!start_hosts()) return;
  CHECK((*this)["a"].sync("b")["delivered"] == 20);
  hosts.pull();
  for (const auto* from : {"a", "b"}) {
    const auto* const to = from == std::string("a") ? "b" : "a";
    wait_for_link(from, to, "unreachable");
    CHECK((*this)[from].sluice({"status", to}).exit_code == 3);
    CHECK((*this)[from].sync(from)["state"] == "succeeded");
  }
  hosts.plug();
  wait_for_link("a", "b", "linked");
  wait_for_link("b", "a", "linked");
  CHECK((*this)["b"].sync("a")["state"] == "succeeded");
  CHECK((*this)["a"].sync("b")["state"] == "succeeded");
}

TEST_CASE_FIXTURE(networked, "nodes of which one alone is not heard find each other again") {
  for (const std::string silent : {"a", "b"}) {
    CAPTURE(silent);
    if (silent == "a" && !start_hosts()) return;
    hosts.deafen(silent);
    wait_for_link("a", "b", "unreachable");
    wait_for_link("b", "a", "unreachable");
    hosts.hear(silent);
    wait_for_link("a", "b", "linked");
    wait_for_link("b", "a", "linked");
    CHECK((*this)["a"].json({"status", "b"})["node"] == "b");
    CHECK((*this)["b"].json({"status", "a"})["node"] == "a");
  }
}

TEST_CASE("nodes that are far from each other work together, only slower") {
  const test::database_fixture source{odbc::product::sqlite};
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 300)});
  test::cluster_fixture nodes;
  auto& a = nodes.add("a");
  auto& b = nodes.add("b");
  const auto to_a = nodes.tls_address("a");
  const auto port = std::stoi(to_a.substr(to_a.rfind(':') + 1));
  constexpr auto delay = 60ms;
  const test::slow_road road(static_cast<std::uint16_t>(port), delay);
  b.settings["peers"] = {"tls:127.0.0.1:" + std::to_string(road.port())};
  a.connection(
      "far",
      {{"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
       {"delivery", {{"on", "b"}, {"batch_rows", 100}}},
       {"destination", {{"kind", "jsonl"}, {"path", (nodes.dir.path() / "far.jsonl").string()}}}});
  a.start();
  b.start();
  nodes.wait_for_link("a", "b", "linked");
  nodes.wait_for_link("b", "a", "linked");
  CHECK(test::time_of([&] { CHECK(b.json({"status", "far"})["node"] == "a"); }) >= 2 * delay);
  const auto run = b.sync("far");
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == 300);
  CHECK(test::replay_jsonl(nodes.dir.path() / "far.jsonl").size() == 300);
}
