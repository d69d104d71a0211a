#include "runtime/digest/bucket_table.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "messages/error.hpp"
#include "tests/runtime/digest/entries.hpp"

using namespace sluice;
using digest::bucket_table;
using digest::entry;
using source::bucket_digest;
using source::bucket_of;
using source::bucket_set;
using source::combination;

namespace {

std::vector<bucket_digest> said_by(const std::vector<entry>& rows, combination how, unsigned bits,
                                   const bucket_set& within = {}) {
  std::map<std::uint32_t, source::digest> found;
  for (const auto& row : rows) {
    const auto parent = bucket_of(row.source_key, within.bits);
    if (within.bits > 0 && !std::ranges::binary_search(within.numbers, parent)) continue;
    found[bucket_of(row.source_key, bits)].add(how, row.source_row);
  }
  std::vector<bucket_digest> out;
  for (const auto& [bucket, of] : found) out.push_back({bucket, of});
  return out;
}

}  // namespace

TEST_CASE("the buckets that differ are those of the rows that do") {
  CHECK(rc::check([] {
    const auto how = *rc::gen::element(combination::sum, combination::exclusive_or);
    const auto bits = *rc::gen::inRange(1u, 8u);
    auto index = test::sorted_entries(*rc::gen::inRange(0u, 60u));
    auto rows = index;
    std::set<std::uint32_t> expected;
    // One in four changes, is gone or not settled; and some are new.
    std::vector<bool> settled(index.size(), true);
    for (std::size_t i = index.size(); i-- > 0;) {
      const auto what = *rc::gen::inRange(0, 12);
      if (what > 2) continue;
      expected.insert(bucket_of(index[i].source_key, bits));
      if (what == 0) rows[i].source_row = test::numbered(5'000 + i).source_row;
      if (what == 1) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
      if (what == 2) settled[i] = false;
    }
    for (auto fresh = *rc::gen::inRange(0u, 3u); fresh > 0; --fresh) {
      rows.push_back(test::numbered(1'000 + fresh));
      expected.insert(bucket_of(rows.back().source_key, bits));
    }
    bucket_table coarse(how, bits, {});
    for (std::size_t i = 0; i < index.size(); ++i) coarse.add(index[i], settled[i]);
    const auto found = coarse.against(said_by(rows, how, bits));
    RC_ASSERT(found.buckets.bits == bits);
    RC_ASSERT(std::set(found.buckets.numbers.begin(), found.buckets.numbers.end()) == expected);
    RC_ASSERT(std::ranges::is_sorted(found.buckets.numbers));

    // Within them, more finely: a part of the rows, and again those that differ.
    if (found.buckets.numbers.empty()) return;
    bucket_table fine(how, bits + 6, found.buckets);
    for (std::size_t i = 0; i < index.size(); ++i) fine.add(index[i], settled[i]);
    const auto finer = fine.against(said_by(rows, how, bits + 6, found.buckets));
    std::set<std::uint32_t> parents;
    for (const auto bucket : finer.buckets.numbers) parents.insert(bucket >> 6);
    RC_ASSERT(parents == expected);
    RC_ASSERT(finer.source_rows <= found.source_rows);
  }));
}

TEST_CASE("a bucket with a row that the source could not hash differs") {
  const auto index = test::sorted_entries(1);
  bucket_table table(combination::exclusive_or, 4, {});
  table.add(index[0], true);
  auto said = said_by(index, combination::exclusive_or, 4);
  CHECK(table.against(said).buckets.numbers.empty());
  said[0].of.unhashed = 1;
  CHECK(table.against(said).buckets.numbers.size() == 1);
}

TEST_CASE("rows that cancel each other out differ by their number") {
  const auto twin = test::numbered(1);
  bucket_table table(combination::exclusive_or, 1, {});
  CHECK(table.against(said_by({twin, twin}, combination::exclusive_or, 1)).buckets.numbers.size() ==
        1);
}

TEST_CASE("digests of other buckets than were asked for are an error") {
  const bucket_table table(combination::sum, 8, {4, {3}});
  const std::vector<bucket_digest> outside{{0x41, {1, 0, {}}}};
  CHECK_THROWS_AS(static_cast<void>(table.against(outside)), failure);
}
