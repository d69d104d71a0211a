// Deltas that the destination refused in earlier runs and that need not be offered again.
#pragma once

#include <vector>

#include "messages/batch.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// The refused deltas, for one pass. A delta that the pass would offer again unchanged is kept: it
/// is not offered, and stays rejected. Pure; one thread only.
class refused_rows {
 public:
  /// Nothing was refused: everything is offered.
  refused_rows() = default;
  explicit refused_rows(std::vector<refused_delta> refused);

  /// True if exactly this delta was refused; then it is kept. A changed row, or an insert that has
  /// become an update, is another delta.
  bool keep(const refused_delta& delta);

  /// Keeps the refused deletes of keys that are still vanished and not in doubt, and marks these
  /// keys as seen, so that no delete is sent for them. REQUIRES: the pass was complete.
  void keep_vanished(ledger::view& known);

  /// Everything kept so far.
  [[nodiscard]] const std::vector<refused_delta>& kept() const { return kept_; }

 private:
  std::vector<refused_delta> refused_;  ///< ascending by key
  std::vector<refused_delta> kept_;
};

}  // namespace sluice::diff
