// How many batches a writer delivers together. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice::actors {

/// Every delivery costs two synced records in the ledger and a commit, for any number of rows. So a
/// writer delivers waiting batches together, as long as that is quick. A slow destination gets
/// batch by batch, so that little is undelivered when a drain must be abandoned. One that is slow
/// since it is far away, and takes many requests at once, gets more: the end of each delivery waits
/// for the last answers.
class group_limit {
 public:
  /// A delivery shorter than this lets groups grow, one longer than four times this makes them
  /// shrink.
  static constexpr std::chrono::milliseconds quick{50};
  /// The batches of a group are copied into one, which does not pay for more than this.
  static constexpr std::size_t most_bytes = 8u << 20;

  explicit group_limit(std::uint32_t window) : most_(std::max(window, 1u)) {}

  [[nodiscard]] std::uint32_t batches() const { return batches_; }
  /// `lacked_rows`: see destination::wants_more.
  void delivered(std::chrono::milliseconds took, bool lacked_rows = false) {
    if (took < quick || lacked_rows) {
      batches_ = std::min(batches_ * 2, most_);
    } else if (took > 4 * quick) {
      batches_ = std::max(batches_ / 2, 1u);
    }
  }

 private:
  std::uint32_t most_;
  std::uint32_t batches_ = 1;
};

}  // namespace sluice::actors
