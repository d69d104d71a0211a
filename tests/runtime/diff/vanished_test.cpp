#include "runtime/diff/vanished.hpp"

#include <doctest/doctest.h>

#include <set>

#include "messages/delivery_name.hpp"
#include "messages/error.hpp"
#include "tests/runtime/diff/memory_view.hpp"
#include "tests/support/broken_contract.hpp"

using namespace sluice;
using namespace sluice::diff;

namespace {

/// Lists a key that its lookup does not find.
struct broken_view : test::memory_view {
  void lookup(std::span<const hash128>,
              std::span<std::optional<ledger::known_row>> found) override {
    std::fill(found.begin(), found.end(), std::nullopt);
  }
};

}  // namespace

TEST_CASE("every key that was not seen is deleted once and in pieces no larger than asked for") {
  test::memory_view view;
  for (int i = 0; i < 100; ++i)
    view.add("key" + std::to_string(i), {{}, 1, i % 3 != 0, i % 3 == 0, 0});
  for (std::uint64_t seen = 0; seen < 10; ++seen) view.mark_seen(seen);

  router deltas({.writers = 2, .batch_rows = row_count{1}});
  vanished gone(view, deltas);
  std::multiset<std::string> deleted;
  std::size_t before = 0;
  while (gone.produce(7)) {
    CHECK(deltas.waiting() - before <= 7);
    before = deltas.waiting();
  }
  for (std::size_t writer = 0; writer < 2; ++writer) {
    while (const auto taken = deltas.take(writer)) {
      const auto delta = (*taken)[0];
      CHECK(delta.op == operation::erase);
      CHECK(delta.key_hash == fingerprint(delta.key));
      CHECK(delta.fingerprint == hash128{});
      CHECK(delta.row.empty());
      deleted.insert(std::string(delta.key));
    }
  }
  std::multiset<std::string> expected;
  for (int i = 10; i < 100; ++i) expected.insert("key" + std::to_string(i));
  CHECK(deleted == expected);
  CHECK(deltas.taken(operation::erase) == 90);
}

TEST_CASE("the last deletes are complete batches even if they are few") {
  test::memory_view view;
  view.add("key", {{}, 1, true, false, 0});
  router deltas({.writers = 1, .batch_rows = row_count{1000}});
  vanished gone(view, deltas);
  CHECK(gone.produce(10));
  CHECK(deltas.waiting() == 0);
  CHECK_FALSE(gone.produce(10));
  CHECK(deltas.waiting() == 1);
  CHECK_FALSE(gone.produce(10));
  CHECK(deltas.waiting() == 1);
}

TEST_CASE("a view that contradicts itself ends in an error and not in a loop") {
  broken_view view;
  view.add("key", {{}, 1, true, false, 0});
  router deltas({.writers = 1});
  vanished gone(view, deltas);
  CHECK_THROWS_AS(gone.produce(10), failure);
}

TEST_CASE("a delete that is in doubt is sent again under the name of its delivery") {
  test::memory_view view;
  const auto earlier = delivery_name(4, operation::erase, {});
  view.add("in doubt", {{}, 1, true, true, 0, earlier});
  const auto written = delivery_name(4, operation::update, {});
  view.add("written in doubt", {{}, 1, true, true, 0, written});
  view.add("known", {{}, 1, true, false, 0});
  router deltas({.writers = 1, .batch_rows = row_count{10}});
  vanished gone(view, deltas, 9);
  while (gone.produce(2)) {
  }
  const auto taken = deltas.take(0);
  REQUIRE(taken);
  for (std::size_t i = 0; i < taken->size(); ++i) {
    const auto delta = (*taken)[i];
    const auto in_doubt = delta.key == "in doubt" ? earlier
                          : delta.key == "known"  ? hash128{}
                                                  : written;
    CHECK(delta.delivery == delivery_name_after(in_doubt, 9, operation::erase, {}));
    CHECK((delta.delivery == earlier) == (delta.key == "in doubt"));
  }
}

TEST_CASE("deletes without room for one are a defect, not the end of them") {
  test::memory_view view;
  router deltas({.writers = 1});
  vanished gone(view, deltas);
  CHECK(test::broken_contract([&] { gone.produce(0); }) ==
        "delete vanished rows: expected room for one row");
}
