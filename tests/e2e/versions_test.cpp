// Half-done upgrades: programs of two versions do not talk, and whoever tries is told why. Real
// processes.
#include <doctest/doctest.h>

#include "messages/own_version.hpp"
#include "tests/e2e/cluster_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const std::string other_version = "99.0.0";

}  // namespace

TEST_CASE_FIXTURE(test::cluster_fixture,
                  "nodes of different versions do not link, say so, and link after the upgrade") {
  add("a");
  add("b").binary = ANOTHER_VERSION;
  (*this)["a"].start();
  peer("b", {"a"});
  (*this)["b"].start();
  const auto why = "it is version " + own_version() + ", this node is version " + other_version;
  REQUIRE((*this)["b"].node().wait_for_errors(why, 20s));
  const auto known = nodes("b");
  REQUIRE(known.contains("a"));
  INFO(known.at("a").dump());
  CHECK(known.at("a")["link"] == "unreachable");
  CHECK(test::contains(known.at("a").dump(), why));
  CHECK_FALSE(nodes("a").contains("b"));

  CHECK((*this)["a"].terminate() == 0);
  (*this)["a"].binary = ANOTHER_VERSION;
  (*this)["a"].start();
  wait_for_link("b", "a", "linked");
}

TEST_CASE_FIXTURE(test::cluster_fixture,
                  "a command of another version is refused over TLS and over the Unix socket") {
  add("a").binary = ANOTHER_VERSION;
  (*this)["a"].start();
  const auto refused = [](const test::outcome& ended) {
    INFO(ended.errors);
    CHECK(ended.exit_code == 3);
    CHECK(test::contains(ended.errors, "it is version " + other_version +
                                           ", this command is version " + own_version()));
    CHECK(test::contains(ended.errors, "use the `sluice` of the node's version"));
  };
  refused(run({"nodes"}, as("operator:ci", "a")));
  refused(run({"nodes"}, {"--node", (*this)["a"].address()}));
  // Nothing was harmed: those of its own version are answered.
  CHECK(nodes("a").contains("a"));
}
