// What is in doubt under one mode is set right by another.
#include <doctest/doctest.h>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;

TEST_CASE("a value that an insert in doubt left behind is set right by mode upsert") {
  test::outside_world world;
  world.config.mode = sync_mode::insert;
  world.source.rows = {{1, "a"}, {2, "same"}};
  world.destination.decide = [](std::uint32_t) {
    return test::destination_double::verdict{
        test::destination_double::verdict::kind::apply_then_unknown};
  };
  {
    test::connection_fixture node(world);
    CHECK(node.sync().state == run_state::failed);
    world.destination.decide = nullptr;
    world.source.rows[1] = std::string{"b"};
    CHECK(node.sync().counters.inserts == 2);
    CHECK(world.delivered().at(1) == "a");
    CHECK(node.sync().counters.unchanged == 2);
  }
  world.config.mode = sync_mode::upsert;
  test::connection_fixture node(world);
  // Nobody knows that the second one is as it should be.
  CHECK(node.sync().counters.updates == 2);
  CHECK(world.delivered() == world.source.rows);
}
