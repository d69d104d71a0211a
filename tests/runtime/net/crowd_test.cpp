#include "runtime/net/crowd.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "tests/support/broken_contract.hpp"

using namespace sluice::net;

namespace {

/// How often each of them had to go.
std::vector<int> thinned(const std::vector<std::uint64_t>& crowd, int times) {
  std::minstd_rand random{7};
  std::vector<int> gone(crowd.size());
  for (int i = 0; i < times; ++i) ++gone.at(one_too_many(crowd, random));
  return gone;
}

}  // namespace

TEST_CASE("whoever comes in numbers makes room, never somebody from elsewhere") {
  const auto gone = thinned({5, 5, 9, 5, 7, 7}, 3'000);
  CHECK(gone[2] == 0);
  CHECK(gone[4] == 0);
  CHECK(gone[5] == 0);
  for (const auto i : {0, 1, 3}) CHECK(gone[static_cast<std::size_t>(i)] > 800);
}

TEST_CASE("among equals each is as likely as any other") {
  for (const auto count : thinned({1, 2, 3, 4}, 4'000)) {
    CHECK(count > 850);
    CHECK(count < 1'150);
  }
  for (const auto count : thinned({1, 2, 1, 2}, 4'000)) CHECK(count > 850);
}

TEST_CASE("one alone is the one") { CHECK(thinned({3}, 1) == std::vector<int>{1}); }

TEST_CASE("nobody can be sent away from an empty crowd") {
  std::minstd_rand random{7};
  CHECK(sluice::test::broken_contract([&] { one_too_many({}, random); }) ==
        "thin out clients: expected a client");
}
