#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "messages/error.hpp"
#include "runtime/ledger/ledger.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;

TEST_CASE("a key is new once and a duplicate ever after whether in memory or spilled") {
  const sluice::test::temp_dir scratch;
  new_keys seen(scratch.path(), 1);  // the smallest table: some hundred keys before each spill
  std::set<hash128> expected;
  std::mt19937_64 random(5);
  for (int i = 0; i < 60'000; ++i) {
    // Prefixes repeat, so that only all 128 bits tell the keys apart.
    const hash128 hash = {random() % 300 * 0x9e3779b97f4a7c15, random() % 150};
    REQUIRE(seen.add(hash) == expected.insert(hash).second);
  }
  for (const auto& each : expected) REQUIRE_FALSE(seen.add(each));
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("a hash of zeros is a key like any other") {
  const sluice::test::temp_dir scratch;
  new_keys seen(scratch.path());
  CHECK(seen.add({0, 0}));
  CHECK_FALSE(seen.add({0, 0}));
  CHECK(seen.add({0, 1}));
  CHECK(seen.add({1, 0}));
  CHECK_FALSE(seen.add({0, 1}));
}

TEST_CASE("a set of new keys that cannot spill says why") {
  new_keys seen("/nowhere", 1);
  CHECK_THROWS_AS(
      [&] {
        for (std::uint64_t i = 1; i < 10'000; ++i) seen.add({i, i});
      }(),
      failure);
}
