// Limits the requests in any window of time, as the receiver counts them. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "messages/expect.hpp"

namespace sluice::destinations {

/// Remembers when requests were sent; the limit holds for every window of that length, not on
/// average. The time of arrival counts. Between `take` and the wire there may be a long delay (if a
/// connection must be made first), so a request counts from when it is written; until then it is
/// reserved. Delays of the network vary less: for them the window is longer by `margin`. Memory:
/// one time point for each request of a window.
class rate_window {
 public:
  using clock = std::chrono::steady_clock;

  rate_window(std::uint32_t requests, std::chrono::milliseconds per)
      : requests_(requests), length_(per + margin(per)) {}

  /// By how much less a later request may be delayed than an earlier one.
  static constexpr std::chrono::milliseconds margin(std::chrono::milliseconds per) {
    using std::chrono::milliseconds;
    return std::clamp(per / 20, milliseconds(10), milliseconds(500));
  }

  /// Reserves a request at `now`, until `sent` or `dropped`; or returns when to ask again.
  std::optional<clock::time_point> take(clock::time_point now) {
    if (sent_.size() + under_way_ >= requests_) {
      // It is not known when a reserved request will be sent.
      if (sent_.empty()) return now + margin(length_);
      if (const auto free = sent_.front() + length_; now < free) return free;
      sent_.pop_front();
    }
    ++under_way_;
    return std::nullopt;
  }
  /// A reserved request is written to the wire now. REQUIRES: `now` is not before that of the last
  /// call.
  void sent(clock::time_point now) {
    expect(under_way_ > 0 && (sent_.empty() || sent_.back() <= now), "limit rate",
           "requests that were reserved, in the order of time");
    --under_way_;
    sent_.push_back(now);
  }
  /// A reserved request was never written.
  void dropped() {
    expect(under_way_ > 0, "limit rate", "a request that was reserved");
    --under_way_;
  }

 private:
  std::uint32_t requests_;
  std::chrono::milliseconds length_;
  std::deque<clock::time_point> sent_;
  std::size_t under_way_ = 0;
};

}  // namespace sluice::destinations
