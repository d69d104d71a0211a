// At most so many requests in any stretch of time. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::destinations {

/// Remembers when requests were sent; the limit holds for every window of that length, not on
/// average. Memory: one time point for each request of a window.
class rate_window {
 public:
  using clock = std::chrono::steady_clock;

  rate_window(std::uint32_t requests, std::chrono::milliseconds per)
      : requests_(requests), per_(per) {}

  /// Takes a request out of the window at `now`, or says when there is room for one again.
  std::optional<clock::time_point> take(clock::time_point now) {
    if (sent_.size() == requests_) {
      if (const auto free = sent_.front() + per_; now < free) return free;
      sent_.pop_front();
    }
    sent_.push_back(now);
    return std::nullopt;
  }

 private:
  std::uint32_t requests_;
  std::chrono::milliseconds per_;
  std::deque<clock::time_point> sent_;
};

}  // namespace sluice::destinations
