#include "actors/run/in_flight.hpp"

#include <doctest/doctest.h>

using sluice::actors::in_flight;

TEST_CASE("a writer that holds much gets no more until it has settled some of it") {
  in_flight held;
  CHECK_FALSE(held.full());
  held.sent(in_flight::most_bytes - 1);
  CHECK_FALSE(held.full());
  held.sent(1);
  CHECK(held.full());
  held.settled(1);
  CHECK_FALSE(held.full());
  held.sent(4 * in_flight::most_bytes);  // one row may have more than all
  CHECK(held.full());
  held.settled(1);
  CHECK(held.full());
  held.settled(1);
  CHECK_FALSE(held.full());
}

TEST_CASE("the first grant settles nothing") {
  in_flight held;
  held.settled(8);
  held.sent(in_flight::most_bytes);
  CHECK(held.full());
}
