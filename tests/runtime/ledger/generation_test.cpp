#include "runtime/ledger/generation.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "runtime/ledger/generation_writer.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

using entries = std::map<hash128, std::string>;

/// Of keys of an odd length something is remembered.
std::string remembered_of(const std::string& packed) {
  return packed.size() % 2 == 0 ? "" : "r" + packed;
}

std::shared_ptr<const generation> written(const entries& wanted, std::uint64_t capacity,
                                          bool with_presence) {
  const sluice::test::temp_dir scratch;
  unsynced_disk disk;
  generation_writer out(file::unnamed(disk, scratch.path()),
                        {.number = 3, .capacity = capacity, .with_presence = with_presence});
  for (const auto& [key, packed] : wanted) {
    entry each;
    each.key = key;
    each.fingerprint = {~key.high, ~key.low};
    each.flags = flag_acknowledged;
    out.add(each, packed, remembered_of(packed));
  }
  return std::make_shared<const generation>(out.finish());
}

/// Empty if `made` holds `wanted` and nothing near it.
std::string difference(const generation& made, const entries& wanted) {
  if (made.entries() != wanted.size()) return "number of entries";
  std::vector<hash128> keys;
  for (const auto& [key, packed] : wanted)
    for (const auto& each : {key, hash128{key.high, key.low + 1}, hash128{key.high, key.low - 1},
                             hash128{key.high + 1, key.low}, hash128{key.high - 1, key.low}})
      keys.push_back(each);
  keys.push_back({});
  keys.push_back({~std::uint64_t{0}, ~std::uint64_t{0}});
  std::vector<std::uint64_t> positions(keys.size());
  for (std::size_t at = 0; at < keys.size(); at += generation::block) {
    const auto count = std::min(generation::block, keys.size() - at);
    made.find({keys.data() + at, count}, {positions.data() + at, count});
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto expected = wanted.find(keys[i]);
    if ((expected == wanted.end()) != (positions[i] == generation::absent)) return "presence";
    if (expected == wanted.end()) continue;
    const auto& found = made.at(positions[i]);
    if (found.key != keys[i] || found.fingerprint != hash128{~keys[i].high, ~keys[i].low})
      return "entry";
    if (made.packed_key(found) != expected->second) return "packed key";
    if (made.remembered(found) != remembered_of(expected->second)) return "what is remembered";
  }
  return {};
}

}  // namespace

TEST_CASE("a generation finds what was written to it and nothing else") {
  // Hashes crowd around few prefixes, at both ends of the range and all over it.
  const auto hash =
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::arbitrary<std::uint64_t>(),
                                  rc::gen::inRange<std::uint64_t>(0, 9)),
                   [](const auto& x) {
                     const auto [kind, wide, small] = x;
                     switch (kind) {
                       case 0:
                         return hash128{small, wide};
                       case 1:
                         return hash128{~small, small};
                       case 2:
                         return hash128{wide * 0x9e3779b97f4a7c15, wide};
                       default:
                         return hash128{std::uint64_t{1} << 63, small};
                     }
                   });
  CHECK(rc::check("uniform or not", [&hash] {
    entries wanted;
    const auto count = *rc::gen::inRange(0, 1000);
    for (const auto& each : *rc::gen::container<std::vector<hash128>>(count, hash))
      wanted[each] = std::string(each.low % 50, static_cast<char>('a' + each.high % 26));
    for (const bool with_presence : {false, true}) {
      const auto differs = difference(*written(wanted, wanted.size(), with_presence), wanted);
      if (!differs.empty()) RC_FAIL(differs);
    }
  }));
}

TEST_CASE("full pages and their neighbours are found at every size") {
  entries wanted;
  for (std::uint64_t i = 0; wanted.size() < 4 * entries_per_page + 2; ++i) {
    const auto differs = difference(*written(wanted, wanted.size(), i % 2 == 0), wanted);
    REQUIRE(differs == "");
    wanted[{i * 0x9e3779b97f4a7c15, i}] = "key";
  }
}

TEST_CASE("keys larger than a block of the heap are read whole") {
  entries wanted;
  wanted[{1, 1}] = std::string(3 * heap_block_bytes + 5, 'x');
  wanted[{2, 2}] = "";
  wanted[{3, 3}] = std::string(heap_block_bytes - 4, 'y');
  wanted[{4, 4}] = std::string(2 * heap_block_bytes, 'z');
  CHECK(difference(*written(wanted, 4, false), wanted) == "");
}

TEST_CASE("a generation may hold fewer entries than it was laid out for") {
  entries wanted = {{{1, 2}, "a"}, {{3, 4}, "b"}};
  CHECK(difference(*written(wanted, 1000, true), wanted) == "");
  CHECK(difference(*written({}, 1000, true), {}) == "");
  CHECK(difference(*written({}, 0, false), {}) == "");
}
