#include "actors/run/group_limit.hpp"

#include <doctest/doctest.h>

using namespace sluice::actors;
using namespace std::chrono_literals;

TEST_CASE("groups grow up to the window while deliveries are quick and shrink when they are not") {
  group_limit limit(6);
  CHECK(limit.batches() == 1);
  limit.delivered(1ms);
  CHECK(limit.batches() == 2);
  limit.delivered(100ms);
  CHECK(limit.batches() == 2);
  limit.delivered(1ms);
  limit.delivered(1ms);
  CHECK(limit.batches() == 6);
  limit.delivered(1s);
  CHECK(limit.batches() == 3);
  for (int i = 0; i < 5; ++i) limit.delivered(1s);
  CHECK(limit.batches() == 1);
}

TEST_CASE("groups grow while a destination that is slow to answer lacks rows") {
  group_limit limit(8);
  for (const auto batches : {2, 4, 8, 8}) {
    limit.delivered(10s, true);
    CHECK(limit.batches() == batches);
  }
  limit.delivered(10s, false);
  CHECK(limit.batches() == 4);
}

TEST_CASE("a window of one batch is never exceeded") {
  group_limit limit(1);
  limit.delivered(0ms);
  CHECK(limit.batches() == 1);
}
