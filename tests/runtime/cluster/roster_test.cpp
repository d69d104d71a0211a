#include "runtime/cluster/roster.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::cluster;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{1'769'850'000'000ms};

node_info info(const node_name& name, bool ending = false) { return {name, "1.0", 7, ending}; }

member_facts facts(const node_name& name, std::vector<connection_name> connections) {
  return {info(name), start, std::move(connections)};
}

/// Node a, which runs `alpha` and dials two peers.
roster of_a() {
  roster r{facts("a", {}), {"tls:b:1", "tls:c:1"}};
  CHECK(r.configure({"alpha"}, {}).empty());
  return r;
}

const error broken{errc::unreachable, "link with node", "tls:b:1", "connection refused", ""};

}  // namespace

TEST_CASE("a connection is found on the node that runs it") {
  auto r = of_a();
  CHECK(r.linked(facts("b", {"gamma", "beta"}), start).empty());
  CHECK(r.find("alpha").here);
  CHECK(r.find("beta").node == "b");
  CHECK_FALSE(r.find("beta").here);
  CHECK(r.find("delta").unavailable.code == errc::unknown_connection);
}

TEST_CASE("a connection of a node that was lost is remembered, and why it was lost") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  r.lost("b", {errc::unreachable, "talk to node", "b", "it went away", ""}, start + 5s);
  const auto location = r.find("beta");
  CHECK(location.node.empty());
  CHECK(location.unavailable.code == errc::unreachable);
  CHECK(location.unavailable.message().find("it runs on node b") != std::string::npos);
  CHECK(location.unavailable.message().find("it went away") != std::string::npos);
  CHECK(r.out_of_reach() == std::map<connection_name, node_name>{{"beta", "b"}});

  static_cast<void>(r.linked(facts("b", {"beta"}), start + 9s));
  CHECK(r.find("beta").node == "b");
  CHECK(r.out_of_reach().empty());
}

TEST_CASE("a connection that nobody runs any more is found where it drains") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  static_cast<void>(r.configure({}, {}));
  r.drain({"alpha"});
  CHECK(r.find("alpha").here);
  CHECK(r.self().draining == std::vector<connection_name>{"alpha"});
  static_cast<void>(r.updated(info("b"), {}, {"beta"}));
  CHECK(r.find("beta").node == "b");
  // Whoever is to run it now answers.
  static_cast<void>(r.linked(facts("c", {"beta"}), start));
  CHECK(r.find("beta").node == "c");
  static_cast<void>(r.updated(info("c"), {}));
  r.lost("b", {errc::unreachable, "talk to node", "b", "it went away", ""}, start);
  CHECK(r.find("beta").unavailable.code == errc::unknown_connection);
  r.drain({});
  CHECK(r.find("alpha").unavailable.code == errc::unknown_connection);
}

TEST_CASE("a connection that drains here is found here before the node that is to run it") {
  auto r = of_a();
  static_cast<void>(r.configure({}, {{"alpha", "b"}}));
  r.drain({"alpha"});
  CHECK(r.find("alpha").here);
  static_cast<void>(r.linked(facts("b", {"alpha"}), start));
  CHECK(r.find("alpha").node == "b");
}

TEST_CASE("a connection that moved is found where it is now") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  static_cast<void>(r.linked(facts("c", {}), start));
  CHECK(r.updated(info("b"), {}).empty());
  CHECK(r.updated(info("c"), {"beta"}).empty());
  CHECK(r.find("beta").node == "c");
  // Also if the node that had it was lost and never said so.
  static_cast<void>(r.updated(info("b"), {"beta"}));
  r.lost("b", broken, start);
  CHECK(r.find("beta").node == "c");
  CHECK(r.out_of_reach().empty());
}

TEST_CASE("whoever is ending is shown so until another one of its name is linked") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  r.end();
  CHECK(r.self().info.ending);
  CHECK(r.nodes()[0].ending);
  CHECK_FALSE(r.nodes()[1].ending);
  static_cast<void>(r.updated(info("b", true), {"beta"}));
  CHECK(r.nodes()[1].ending);
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  CHECK_FALSE(r.nodes()[1].ending);
}

TEST_CASE("the configuration says where a connection is, before its node was seen") {
  auto r = of_a();
  static_cast<void>(r.configure({"alpha"}, {{"beta", "b"}}));
  CHECK(r.find("beta").unavailable.code == errc::unreachable);
  CHECK(r.find("beta").unavailable.message().find("has not been reached yet") != std::string::npos);
  r.failed("tls:b:1", broken);
  CHECK(r.find("beta").unavailable.message().find("connection refused") != std::string::npos);
  CHECK(r.out_of_reach() == std::map<connection_name, node_name>{{"beta", "b"}});
  // Linked, and does not know of it.
  static_cast<void>(r.linked(facts("b", {}), start));
  CHECK(r.find("beta").unavailable.code == errc::unknown_connection);
  CHECK(r.find("beta").unavailable.message().find("does not load it") != std::string::npos);
  CHECK(r.out_of_reach().empty());
}

TEST_CASE("a conflict is told once, by every change that makes one, and forgotten when it ends") {
  auto r = of_a();
  const auto told = r.linked(facts("b", {"alpha", "beta"}), start);
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("'alpha'") != std::string::npos);
  CHECK(told[0].find("nodes a, b all run it") != std::string::npos);
  CHECK(r.updated(info("b"), {"alpha"}).empty());
  CHECK(r.find("alpha").here);
  CHECK(r.nodes()[0].conflicts == std::vector<connection_name>{"alpha"});
  CHECK(r.nodes()[1].conflicts == std::vector<connection_name>{"alpha"});

  CHECK(r.updated(info("b"), {}).empty());
  CHECK(r.nodes()[0].conflicts.empty());
  CHECK(r.updated(info("b"), {"alpha"}).size() == 1);
  r.lost("b", broken, start);
  CHECK(r.nodes()[0].conflicts.empty());
  CHECK(r.linked(facts("b", {"alpha"}), start).size() == 1);
}

TEST_CASE("a connection that two other nodes run is not asked of either") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {"beta"}), start));
  CHECK(r.linked(facts("c", {"beta"}), start).size() == 1);
  const auto location = r.find("beta");
  CHECK(location.node.empty());
  CHECK(location.unavailable.message().find("nodes b, c both run it") != std::string::npos);
}

TEST_CASE("the list of nodes shows who is linked, who was lost, and where nobody answers") {
  auto r = of_a();
  r.answered("tls:b:1", "b");
  static_cast<void>(r.linked(facts("b", {"beta"}), start + 1s));
  r.failed("tls:c:1", broken);
  auto all = r.nodes();
  REQUIRE(all.size() == 3);
  CHECK(all[0].node == "a");
  CHECK(all[0].link == link_state::self);
  CHECK(all[1].node == "b");
  CHECK(all[1].address == "tls:b:1");
  CHECK(all[1].link == link_state::linked);
  CHECK(all[1].since == start + 1s);
  CHECK_FALSE(all[1].problem);
  CHECK(all[2].node.empty());
  CHECK(all[2].address == "tls:c:1");
  CHECK(all[2].problem == broken);

  r.lost("b", {errc::unreachable, "talk to node", "b", "it went away", ""}, start + 2s);
  r.failed("tls:b:1", broken);
  all = r.nodes();
  CHECK(all[1].link == link_state::unreachable);
  CHECK(all[1].since == start + 2s);
  CHECK(all[1].problem == broken);
  CHECK(all[1].connections == std::vector<connection_name>{"beta"});
}

TEST_CASE("an address where this very node answers is no other node") {
  auto r = of_a();
  r.answered("tls:b:1", "a");
  CHECK(r.nodes().size() == 2);
  CHECK(r.nodes()[0].address == "tls:b:1");
}

TEST_CASE("a node of another one's name is a problem of that one until its link ends") {
  auto r = of_a();
  static_cast<void>(r.linked(facts("b", {}), start));
  CHECK(r.doubled("b", start + 5s).cause.find("two nodes have this name") != std::string::npos);
  CHECK(r.nodes()[1].link == link_state::linked);
  CHECK(r.nodes()[1].problem);
  static_cast<void>(r.linked(facts("b", {}), start + 9s));
  CHECK_FALSE(r.nodes()[1].problem);
}

TEST_CASE("the end of a node's certificate is among what its cluster knows of it") {
  auto r = of_a();
  auto other = facts("b", {});
  other.certificate_ends_at = start + 24h;
  static_cast<void>(r.linked(other, start));
  CHECK(r.nodes()[1].certificate_ends_at == start + 24h);
  CHECK_FALSE(r.nodes()[0].certificate_ends_at);
}
