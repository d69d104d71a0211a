#include "messages/batch.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <memory>

#include "tests/support/broken_contract.hpp"

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

TEST_CASE("a batch takes over the deltas of another behind its own") {
  batch first, second;
  first.append(operation::insert, {1, 1}, {2, 2}, "key 1", "row 1");
  second.append(operation::erase, {3, 3}, {}, "key 2", "");
  second.append(operation::update, {4, 4}, {5, 5}, "key 3", "row 3");
  first.append(second);
  REQUIRE(first.size() == 3);
  CHECK(first.bytes() == 25);
  CHECK(first[0].row == "row 1");
  CHECK(first[1].op == operation::erase);
  CHECK(first[1].key == "key 2");
  CHECK(first[1].row == "");
  CHECK(first[2].key_hash == hash128{4, 4});
  CHECK(first[2].fingerprint == hash128{5, 5});
  CHECK(first[2].key == "key 3");
  CHECK(first[2].row == "row 3");
  CHECK(second.size() == 2);
}

TEST_CASE("what is remembered stands beside its delta, and goes with it into another batch") {
  batch first, second;
  first.append(operation::insert, {1, 1}, {2, 2}, "key 1", "row 1");
  second.append(operation::update, {3, 3}, {4, 4}, "key 2", "row 2");
  second.append(operation::erase, {5, 5}, {}, "key 3", "");
  second.remember(0, "old");
  second.remember(0, "record 2");
  second.remember(1, "record 3");
  first.append(second);
  CHECK(first[0].remembered.empty());
  CHECK(first[1].remembered == "record 2");
  CHECK(first[1].row == "row 2");
  CHECK(first[2].remembered == "record 3");
  second.remember(1, "");
  CHECK(second[1].remembered.empty());
  CHECK(test::broken_contract([&] { second.remember(2, "x"); }) ==
        "add to batch: expected a delta at this position");
}

TEST_CASE("a batch refuses what its places cannot tell apart") {
  // Never touched: it only has to be as long as it says.
  constexpr std::size_t most = std::size_t{4} << 30;
  const auto free = [](char* at) { ::munmap(at, most); };
  void* const reserved =
      ::mmap(nullptr, most, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(reserved != MAP_FAILED);
  const std::unique_ptr<char, decltype(free)> owned(static_cast<char*>(reserved), free);
  const std::string_view row(owned.get(), most);

  batch b;
  CHECK(test::broken_contract([&] { b.append(operation::insert, {}, {}, "k", row); }) ==
        "add to batch: expected less than 4 GiB in it");
  CHECK(b.empty());
  CHECK(b.bytes() == 0);
}
