// At most so many requests in any stretch of time, by the receiver's clock. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::destinations {

/// Remembers when requests were sent; the limit holds for every window of that length, not on
/// average. What counts is when they arrive. The way from a place to the wire can be long (a
/// connection has to be made, another need not), so that a request counts from when it is written;
/// until then its place is taken. The way through the network varies less: the window is longer by
/// `margin`. Memory: one time point for each request of a window.
class rate_window {
 public:
  using clock = std::chrono::steady_clock;

  rate_window(std::uint32_t requests, std::chrono::milliseconds per)
      : requests_(requests), length_(per + margin(per)) {}

  /// By how much later requests may come faster than earlier ones.
  static constexpr std::chrono::milliseconds margin(std::chrono::milliseconds per) {
    using std::chrono::milliseconds;
    return std::clamp(per / 20, milliseconds(10), milliseconds(500));
  }

  /// Takes a place for a request at `now`, which ends with `sent` or `dropped`; or says when to ask
  /// again.
  std::optional<clock::time_point> take(clock::time_point now) {
    if (sent_.size() + under_way_ >= requests_) {
      if (sent_.empty()) return now + margin(length_);  // nobody knows when one will be sent
      if (const auto free = sent_.front() + length_; now < free) return free;
      sent_.pop_front();
    }
    ++under_way_;
    return std::nullopt;
  }
  /// The request of a place is written to the wire now. REQUIRES: `now` is not before that of the
  /// last call.
  void sent(clock::time_point now) {
    --under_way_;
    sent_.push_back(now);
  }
  /// The request of a place was never written.
  void dropped() { --under_way_; }

 private:
  std::uint32_t requests_;
  std::chrono::milliseconds length_;
  std::deque<clock::time_point> sent_;
  std::size_t under_way_ = 0;
};

}  // namespace sluice::destinations
