// Rows that a writer keeps for another try, when everything else has been delivered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/batch.hpp"

namespace sluice::actors {

/// Rows that the destination refused for the sake of other rows, which are neither settled nor in
/// doubt: in the ledger their keys are as they were before. And rows that failed while nothing has
/// shown yet whether it was them that failed or the destination. Bounded: what finds no room is
/// rejected at once.
class put_aside {
 public:
  static constexpr std::size_t most_rows = 20'000;
  static constexpr std::size_t most_bytes = 8u << 20;

  /// Takes over what `outcome` has to be tried again: what was rejected becomes `undelivered`
  /// there. Returns how many rows that were.
  std::uint64_t take_from(const batch& deltas, batch_outcome& outcome);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// All of them; nothing is kept.
  batch take();
  /// All of them as they are without another try; nothing is kept. What was refused is rejected for
  /// the reason that the destination gave, of the rest nobody knows.
  batch take_rejected(batch_outcome& outcome);

 private:
  batch rows_;
  std::vector<rejection> why_;  ///< one for each row, in their order
  std::vector<fate> fates_;     ///< as the destination gave them, in the same order
};

}  // namespace sluice::actors
