// Rows that an API knows otherwise than the ledger does. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/batch.hpp"

namespace sluice::destinations {

/// A row that is there although it was to be inserted, or is not although it was to be updated.
struct misfit {
  std::uint32_t row = 0;  ///< its position in the batch
  std::string words;      ///< what the API said
};

/// Such rows as deltas of the other kind.
class changed_kind {
 public:
  /// REQUIRES: `rows` are of `from`, and in order.
  changed_kind(const batch& from, std::vector<misfit> rows, operation to);

  [[nodiscard]] const batch& deltas() const { return deltas_; }
  /// The positions of all of them.
  [[nodiscard]] std::vector<std::uint32_t> all() const;
  /// The positions of those that are in doubt in `whole`.
  [[nodiscard]] std::vector<std::uint32_t> in_doubt(const batch_outcome& whole) const;
  /// Adds what became of them to what is known of the whole batch. A rejected one says both what
  /// the API said of it in the end and what before.
  void tell(batch_outcome part, batch_outcome& whole) const;

 private:
  std::vector<misfit> rows_;
  operation to_;
  batch deltas_;
};

}  // namespace sluice::destinations
