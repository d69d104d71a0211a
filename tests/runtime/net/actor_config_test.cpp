#include "runtime/net/actor_config.hpp"

#include <doctest/doctest.h>

#include <caf/all.hpp>

using namespace sluice;
using namespace sluice::net;

TEST_CASE("two actor systems on one machine are two nodes") {
  actor_config a{role::shim};
  actor_config b{role::shim};
  const caf::actor_system first{a};
  const caf::actor_system second{b};
  CHECK(first.node() != second.node());
}
