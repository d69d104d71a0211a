// Rows that must be sent as deltas of another kind, since the API contradicts the ledger. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/batch.hpp"

namespace sluice::destinations {

/// A row that was to be inserted but exists, or was to be updated but does not exist.
struct misfit {
  std::uint32_t row = 0;  ///< its position in the batch
  std::string words;      ///< what the API said
};

/// Misfits as deltas of the other kind.
class changed_kind {
 public:
  /// REQUIRES: `rows` are of `from`.
  changed_kind(const batch& from, std::vector<misfit> rows, operation to);

  [[nodiscard]] const batch& deltas() const { return deltas_; }
  /// The positions of all of them.
  [[nodiscard]] std::vector<std::uint32_t> all() const;
  /// The positions of the rows that are in doubt in `whole`.
  [[nodiscard]] std::vector<std::uint32_t> in_doubt(const batch_outcome& whole) const;
  /// Adds the fates of these rows to the outcome of the whole batch. The reason of a rejected row
  /// has both messages of the API: the last one and the one before.
  void tell(batch_outcome part, batch_outcome& whole) const;

 private:
  std::vector<misfit> rows_;
  operation to_;
  batch deltas_;
};

}  // namespace sluice::destinations
