// Entries for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "runtime/digest/entry.hpp"

namespace sluice::test {

/// Entry number `n` of a world whose hashes are random numbers.
inline digest::entry numbered(std::uint64_t n) {
  std::mt19937_64 random(n);
  return {{random(), random()}, {random(), random()}, {random(), random()}, {random(), random()}};
}

/// So many of them, in the order of an index.
inline std::vector<digest::entry> sorted_entries(std::uint64_t count) {
  std::vector<digest::entry> entries;
  for (std::uint64_t n = 0; n < count; ++n) entries.push_back(numbered(n));
  std::ranges::sort(entries, digest::before);
  return entries;
}

}  // namespace sluice::test
