#include "runtime/ledger/seen_set.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice::ledger;

TEST_CASE("a seen set counts and walks what is not set at every size") {
  for (std::uint64_t size = 0; size < 200; ++size) {
    seen_set set(size);
    REQUIRE(set.unset() == size);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < size; ++i) {
      if (i % 5 != 0) {
        expected.push_back(i);
        continue;
      }
      REQUIRE(set.insert(i));
      REQUIRE_FALSE(set.insert(i));
    }
    REQUIRE(set.unset() == expected.size());
    std::vector<std::uint64_t> walked;
    CHECK(set.for_each_unset([&](std::uint64_t i) { return walked.push_back(i), true; }));
    REQUIRE(walked == expected);
  }
}

TEST_CASE("a walk over a seen set ends early when asked to") {
  const seen_set set(1000);
  int visits = 0;
  CHECK_FALSE(set.for_each_unset([&](std::uint64_t) { return ++visits < 70; }));
  CHECK(visits == 70);
}
