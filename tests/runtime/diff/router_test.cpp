#include "runtime/diff/router.hpp"
#include "tests/support/broken_contract.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace sluice;
using diff::router;

namespace {

void add_insert(router& r, std::uint64_t key, std::string_view row = "row") {
  r.add(operation::insert, {0, key}, {1, 1}, "k" + std::to_string(key), row);
}

}  // namespace

TEST_CASE("a router takes as many deltas as it may") {
  router r({.writers = 2, .batch_rows = row_count{3}, .most = row_count{2}});
  CHECK(r.room(5) == 2);
  add_insert(r, 1);
  CHECK_FALSE(r.full());
  CHECK(r.room(5) == 1);
  add_insert(r, 2);
  CHECK(r.full());
  CHECK(r.room(5) == 0);
  CHECK_FALSE(test::broken_contract([&] { add_insert(r, 3); }).empty());
  CHECK(router({}).room(5) == 5);
}

TEST_CASE("a batch is complete with its last row and not before") {
  router r({.writers = 1, .batch_rows = row_count{3}});
  add_insert(r, 1);
  add_insert(r, 2);
  CHECK(r.waiting() == 0);
  CHECK_FALSE(r.take(0));
  add_insert(r, 3);
  CHECK(r.waiting() == 1);
  const auto taken = r.take(0);
  REQUIRE(taken);
  CHECK(taken->size() == 3);
  CHECK((*taken)[2].key == "k3");
  CHECK(r.waiting() == 0);
}

TEST_CASE("a batch of wide rows is complete by its bytes") {
  router r({.writers = 1, .batch_rows = row_count{1000}, .batch_bytes = byte_count{100}});
  add_insert(r, 1, std::string(60, 'x'));
  CHECK(r.waiting() == 0);
  add_insert(r, 2, std::string(60, 'x'));
  CHECK(r.waiting() == 1);
}

TEST_CASE("a key always goes to the same writer and all writers get some") {
  router r({.writers = 4, .batch_rows = row_count{1}});
  for (int round = 0; round < 2; ++round)
    for (std::uint64_t key = 0; key < 100; ++key) add_insert(r, key);
  std::map<std::string, std::size_t> writer_of;
  for (std::size_t writer = 0; writer < 4; ++writer) {
    CHECK(r.waiting(writer) == 50);
    while (const auto taken = r.take(writer)) {
      const auto key = std::string((*taken)[0].key);
      CHECK(writer_of.emplace(key, writer).first->second == writer);
    }
  }
  CHECK(writer_of.size() == 100);
}

TEST_CASE("batches are numbered from one for each writer and come in that order") {
  router r({.writers = 2, .batch_rows = row_count{1}});
  for (std::uint64_t key = 0; key < 6; ++key) add_insert(r, key);
  for (std::size_t writer = 0; writer < 2; ++writer)
    for (std::uint64_t number = 1; number <= 3; ++number) CHECK(r.take(writer)->number() == number);
}

TEST_CASE("at the end of the rows incomplete batches are completed and empty ones are not") {
  router r({.writers = 2, .batch_rows = row_count{10}});
  add_insert(r, 0);
  r.complete_all();
  CHECK(r.waiting(0) == 1);
  CHECK(r.waiting(1) == 0);
  r.complete_all();
  CHECK(r.waiting() == 1);
}

TEST_CASE("only what was taken is counted") {
  router r({.writers = 2, .batch_rows = row_count{2}});
  for (std::uint64_t key = 0; key < 5; ++key) add_insert(r, key * 2);  // all for writer 0
  r.add(operation::update, {0, 1}, {}, "u", "row");
  r.add(operation::erase, {0, 3}, {}, "d", "");
  CHECK(r.taken(operation::insert) == 0);
  r.take(0);
  CHECK(r.taken(operation::insert) == 2);
  CHECK(r.taken_by_writer() == std::vector<std::uint64_t>{2, 0});
  r.take(1);
  CHECK(r.taken(operation::insert) == 2);
  CHECK(r.taken(operation::update) == 1);
  CHECK(r.taken(operation::erase) == 1);
  CHECK(r.taken_by_writer() == std::vector<std::uint64_t>{2, 2});
}

TEST_CASE("a router without writers, and batches of a writer that there is not, are defects") {
  CHECK(test::broken_contract([] { router({.writers = 0}); }) ==
        "route deltas: expected at least one writer, and one row in a batch");
  CHECK(test::broken_contract([] { router({.writers = 1, .batch_rows = row_count{0}}); }) ==
        "route deltas: expected at least one writer, and one row in a batch");
  router r({.writers = 2});
  CHECK_FALSE(r.take(1));
  CHECK(test::broken_contract([&] { r.take(2); }) ==
        "route deltas: expected one of the run's writers");
  CHECK(test::broken_contract([&] { static_cast<void>(r.waiting(2)); }) ==
        "route deltas: expected one of the run's writers");
}
