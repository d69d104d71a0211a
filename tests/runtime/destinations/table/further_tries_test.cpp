#include "runtime/destinations/table/further_tries.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::destinations;

namespace {

/// Rows named by their keys; a row is taken once the rows that it needs are there.
struct world {
  std::function<bool(int key, const std::set<int>& there)> fits;
  std::set<int> there;
  int rounds = 0;
  int together = 0;

  batch_outcome try_each(const batch& rows, bool descending) {
    ++rounds;
    batch_outcome outcome;
    outcome.fates.assign(rows.size(), fate::rejected);
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto i = descending ? rows.size() - 1 - n : n;
      const int key = std::stoi(std::string(rows[i].key));
      if (fits(key, there)) {
        there.insert(key);
        outcome.fates[i] = fate::delivered;
      } else {
        outcome.rejections.push_back({static_cast<std::uint32_t>(i), "needs another", 0, true});
      }
    }
    return outcome;
  }

  attempts how() {
    return {[this](const batch& rows, bool descending) { return try_each(rows, descending); },
            [this](const batch& rows) {
              ++together;
              return batch_outcome{std::vector(rows.size(), fate::rejected), {}, {}};
            }};
  }
};

batch keys(int count) {
  batch out;
  for (int i = 0; i < count; ++i) out.append(operation::insert, {}, {}, std::to_string(i), "row");
  return out;
}

std::size_t delivered(const batch_outcome& outcome) {
  return static_cast<std::size_t>(
      std::count(outcome.fates.begin(), outcome.fates.end(), fate::delivered));
}

}  // namespace

TEST_CASE("rows are tried until nothing passes, in both directions") {
  world w;
  // Each row needs the one behind it: one round backwards takes all that one forwards could not.
  w.fits = [](int key, const auto& there) { return key == 999 || there.contains(key + 1); };
  CHECK(delivered(deliver_in_any_order(keys(1000), w.how())) == 1000);
  CHECK(w.rounds == 2);
  CHECK(w.together == 0);
}

TEST_CASE("what nothing helps is rejected, and says so") {
  world w;
  w.fits = [](int key, const auto&) { return key != 3; };
  const auto outcome = deliver_in_any_order(keys(10), w.how());
  CHECK(delivered(outcome) == 9);
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].index == 3);
  CHECK(outcome.rejections[0].reason.starts_with("needs another (tried again"));
  CHECK_FALSE(outcome.rejections[0].again);
  CHECK(w.rounds == 2);
  CHECK(w.together == 1);
}

TEST_CASE("what is written together may let others pass one by one") {
  world w;
  w.fits = [](int key, const auto& there) { return key == 2 && there.contains(0); };
  auto how = w.how();
  how.together = [&](const batch& rows) {
    batch_outcome outcome{std::vector(rows.size(), fate::rejected), {}, {}};
    if (rows.size() == 3) {
      outcome.fates[0] = outcome.fates[1] = fate::delivered;
      w.there = {0, 1};
    }
    return outcome;
  };
  CHECK(delivered(deliver_in_any_order(keys(3), how)) == 3);
}

TEST_CASE("a row that is rejected for good is not tried again") {
  world w;
  w.fits = [](int, const auto&) { return false; };
  auto how = w.how();
  int tries = 0;
  how.one_by_one = [&](const batch& rows, bool) {
    ++tries;
    batch_outcome outcome{std::vector(rows.size(), fate::rejected), {}, {}};
    for (std::uint32_t i = 0; i < rows.size(); ++i) outcome.rejections.push_back({i, "no", 0});
    return outcome;
  };
  const auto outcome = deliver_in_any_order(keys(3), how);
  CHECK(tries == 1);
  CHECK(outcome.rejections.size() == 3);
  CHECK(outcome.rejections[0].reason == "no");
}

TEST_CASE("a failure ends the tries and leaves what waits undelivered") {
  world w;
  w.fits = [](int key, const auto&) { return key < 5; };
  auto how = w.how();
  const auto one_by_one = how.one_by_one;
  how.one_by_one = [&](const batch& rows, bool descending) {
    if (w.rounds == 1) throw failure(errc::destination_failed, "deliver", "t", "gone");
    return one_by_one(rows, descending);
  };
  const auto outcome = deliver_in_any_order(keys(10), how);
  CHECK(delivered(outcome) == 5);
  CHECK(outcome.failed.cause == "gone");
  CHECK(outcome.rejections.empty());
  CHECK(std::count(outcome.fates.begin(), outcome.fates.end(), fate::undelivered) == 5);
}

TEST_CASE("the tries are bounded") {
  world w;
  // One row a round: 10,000 rows would take 50 million tries.
  int last = 0;
  w.fits = [&](int key, const auto&) {
    const bool next = last != w.rounds && key % 2 == w.rounds % 2;
    if (next) last = w.rounds;
    return next;
  };
  const auto outcome = deliver_in_any_order(keys(10'000), w.how());
  CHECK(delivered(outcome) == static_cast<std::size_t>(w.rounds));
  CHECK(w.rounds < 50);
  CHECK(outcome.rejections.size() == 10'000 - delivered(outcome));
}
