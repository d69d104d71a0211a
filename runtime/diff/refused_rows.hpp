// What the destination refused in earlier runs and need not be offered again.
#pragma once

#include <vector>

#include "messages/batch.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// The deltas that the destination refused, for one pass. Notes which of them the pass would offer
/// again just as they were refused: those are kept, that is not offered and still rejected. Pure;
/// one thread only.
class refused_rows {
 public:
  /// Nothing was refused: everything is offered.
  refused_rows() = default;
  explicit refused_rows(std::vector<refused_delta> refused);

  /// True if exactly this delta was refused; it is kept then. A changed row, or one that has become
  /// an update, is another delta.
  bool keep(const refused_delta& delta);

  /// Keeps the refused deletes of keys that are still vanished, and marks them as seen, so that
  /// nobody else deletes them. Not those in doubt. REQUIRES: the pass was complete.
  void keep_vanished(ledger::view& known);

  /// Everything kept so far.
  [[nodiscard]] const std::vector<refused_delta>& kept() const { return kept_; }

 private:
  std::vector<refused_delta> refused_;  ///< ascending by key
  std::vector<refused_delta> kept_;
};

}  // namespace sluice::diff
