// Rows that a writer keeps for another try, after everything else was delivered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/batch.hpp"

namespace sluice::actors {

/// Rows that the destination refused because of other rows; they are neither settled nor in doubt,
/// so their keys are unchanged in the ledger. And rows that failed before it was known whether the
/// rows or the destination failed. Bounded: a row without room is rejected at once.
class put_aside {
 public:
  static constexpr std::size_t most_rows = 20'000;
  static constexpr std::size_t most_bytes = 8u << 20;

  /// Takes the rows of `outcome` that must be tried again; rejected ones become `undelivered`
  /// there. Returns the number of rows.
  std::uint64_t take_from(const batch& deltas, batch_outcome& outcome);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// All rows; nothing is kept.
  batch take();
  /// All rows without another try; nothing is kept. Refused rows are rejected with the
  /// destination's reason; the fates of the others are unknown.
  batch take_rejected(batch_outcome& outcome);

 private:
  batch rows_;
  std::vector<rejection> why_;  ///< one for each row, in their order
  std::vector<fate> fates_;     ///< from the destination, in the same order
};

}  // namespace sluice::actors
