#include "messages/version.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("programs of one version may talk") {
  CHECK_FALSE(version_mismatch("1.2.3", caller::command, "1.2.3", "a"));
  CHECK_FALSE(version_mismatch("1.2.3", caller::node, "1.2.3", "a"));
}

TEST_CASE("a program of another version is told both versions and what to do") {
  const auto command = version_mismatch("1.2.3", caller::command, "1.2.30", "a");
  REQUIRE(command);
  CHECK(command->code == errc::unreachable);
  CHECK(
      command->text() ==
      "connect to node 'a': it is version 1.2.3, this command is version 1.2.30; use the `sluice` "
      "of the node's version, or restart the node with this one");
  const auto node = version_mismatch("1.2.3", caller::node, "1.2.2", "a");
  REQUIRE(node);
  CHECK(node->text() ==
        "link with node 'a': it is version 1.2.3, this node is version 1.2.2; run the same version "
        "on all nodes of a cluster");
}
