// How many bytes of rows a writer holds, so that rows of many megabytes do not fill its whole
// window. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace sluice::actors {

/// The batches that were sent to one writer and are not settled. A writer settles them in order.
/// One thread.
class in_flight {
 public:
  /// A writer that holds so many bytes gets no further batch: it holds at least eight full batches
  /// of usual rows, or one of the largest rows.
  static constexpr std::size_t most_bytes = 64u << 20;

  void sent(std::size_t bytes) {
    batches_.push_back(bytes);
    bytes_ += bytes;
  }
  void settled(std::uint32_t batches) {
    for (; batches > 0 && !batches_.empty(); --batches) {
      bytes_ -= batches_.front();
      batches_.pop_front();
    }
  }
  [[nodiscard]] bool full() const { return bytes_ >= most_bytes; }

 private:
  std::deque<std::size_t> batches_;  ///< bytes of each, the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace sluice::actors
