// Tries rows that were refused because of other rows again, until no more of them fit. Pure but for
// the attempts, which are the caller's.
#pragma once

#include <cstdint>
#include <functional>

#include "messages/batch.hpp"

namespace sluice::destinations {

/// How rows are tried. Each returns the outcome of the given batch and throws as
/// `destination::deliver` does.
struct attempts {
  /// As usual, in ascending or descending order of the keys.
  std::function<batch_outcome(const batch& rows, bool descending)> one_by_one;
  /// All at once, for rows that block each other: rows that cannot be written together get the fate
  /// `rejected` and need no reason.
  std::function<batch_outcome(const batch& rows)> together;
};

/// After so many tries, over all rounds, the rest is rejected. (A chain in which each row waits for
/// the next takes as many rounds as it changes its direction.)
inline constexpr std::uint64_t most_tries = 400'000;

/// Delivers `deltas` in any order that works: a round tries every row that still waits; the last
/// round is the first in which no row passes, neither one by one nor together. The order changes
/// its direction from round to round, since parents may come before their children or behind them.
/// Never throws `failure`: a failure is in the outcome.
batch_outcome deliver_in_any_order(const batch& deltas, const attempts& how);

}  // namespace sluice::destinations
