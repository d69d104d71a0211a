#include "runtime/digest/entry_sorter.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/runtime/digest/entries.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using digest::entry;
using digest::entry_sorter;

namespace {

std::vector<entry> sorted_by(entry_sorter& sorter, std::uint64_t count) {
  for (std::uint64_t n = 0; n < count; ++n) sorter.add(test::numbered(n));
  CHECK(sorter.size() == count);
  std::vector<entry> out;
  entry x;
  while (sorter.next(x)) out.push_back(x);
  CHECK_FALSE(sorter.next(x));
  return out;
}

}  // namespace

TEST_CASE("entries come back in order, from memory and from files") {
  const test::temp_dir dir;
  for (const std::uint64_t count : {0u, 1u, 99u, 100u, 101u, 5'000u}) {
    CAPTURE(count);
    entry_sorter small(dir.path(), 100);
    CHECK(sorted_by(small, count) == test::sorted_entries(count));
    entry_sorter large(dir.path());
    CHECK(sorted_by(large, count) == test::sorted_entries(count));
  }
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("several entries of one key all come back") {
  const test::temp_dir dir;
  entry_sorter sorter(dir.path(), 3);
  for (int i = 0; i < 10; ++i) sorter.add({{7, 7}, {static_cast<std::uint64_t>(i), 0}, {}, {}});
  entry x;
  std::uint64_t sum = 0, found = 0;
  for (; sorter.next(x); ++found) sum += x.source_row.high;
  CHECK(found == 10);
  CHECK(sum == 45);
}
