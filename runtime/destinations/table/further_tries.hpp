// Rows that were refused for the sake of other rows, tried again until no more of them fit. Pure
// but for the attempts, which are the caller's.
#pragma once

#include <cstdint>
#include <functional>

#include "messages/batch.hpp"

namespace sluice::destinations {

/// How rows are tried. Each answers for the batch it is given and throws as `destination::deliver`.
struct attempts {
  /// The usual way, in ascending order of the keys or in descending.
  std::function<batch_outcome(const batch& rows, bool descending)> one_by_one;
  /// All at once, for rows that stand in each other's way: what cannot be written together has the
  /// fate `rejected` and needs no reason.
  std::function<batch_outcome(const batch& rows)> together;
};

/// Rows tried, all rounds added up, after which the rest is rejected. (A chain in which each row
/// waits for the next takes as many rounds as it changes its direction.)
inline constexpr std::uint64_t most_tries = 400'000;

/// Delivers `deltas` in whatever order works: a round tries every row that still waits; the last
/// round is the one that nothing passes, neither one by one nor together. The order changes its
/// direction from round to round, since parents may come before their children or behind them.
/// Never throws `failure`: what failed is in the outcome.
batch_outcome deliver_in_any_order(const batch& deltas, const attempts& how);

}  // namespace sluice::destinations
