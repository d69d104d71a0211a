#include "messages/batch.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a batch keeps its deltas in order, each with its own key and row") {
  batch b(7);
  b.append(operation::insert, {1, 2}, {3, 4}, "k1", "row one");
  b.append(operation::erase, {5, 6}, {}, "key2", "");
  b.append(operation::update, {7, 8}, {9, 10}, "", "r");
  REQUIRE(b.size() == 3);
  CHECK(b.number() == 7);
  CHECK(b[0].key == "k1");
  CHECK(b[0].row == "row one");
  CHECK(b[0].fingerprint == hash128{3, 4});
  CHECK(b[1].op == operation::erase);
  CHECK(b[1].key == "key2");
  CHECK(b[1].row.empty());
  CHECK(b[2].row == "r");
  CHECK(b.bytes() == 14);
}
