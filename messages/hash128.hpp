// A 128-bit hash as a value. runtime/diff says which function makes it.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice {

/// Ordered by `high`, then `low`: the order in which the ledger sorts its entries.
struct hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const hash128&) const = default;
};

}  // namespace sluice
