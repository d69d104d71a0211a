// Circuit breaker: an API that fails again and again is asked by one request at a time. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::destinations {

/// Counts failures since the last success. While it is open one request at a time may be sent, and
/// those who ask take turns: what fails for one of them may pass for another.
class circuit {
 public:
  using clock = std::chrono::steady_clock;
  /// Failures in a row, over all writers, that open it.
  static constexpr std::uint32_t threshold = 5;

  [[nodiscard]] bool open() const { return failures_ >= threshold; }
  /// Failures beyond those that opened it.
  [[nodiscard]] std::uint32_t failed_probes() const { return open() ? failures_ - threshold : 0; }
  /// When the present outage began; nothing while requests succeed.
  [[nodiscard]] std::optional<clock::time_point> failing_since() const { return failing_since_; }

  /// Whether `who` may send now. Who may not is remembered, and has its turn when those who asked
  /// before have had theirs.
  bool admit(const void* who) {
    if (!open() || probe_ == who) return true;
    if (std::ranges::find(waiting_, who) == waiting_.end()) waiting_.push_back(who);
    if (probe_ != nullptr || waiting_.front() != who) return false;
    waiting_.pop_front();
    probe_ = who;
    return true;
  }
  /// The request of `who` failed.
  void failed(const void* who, clock::time_point now) {
    if (!failing_since_) failing_since_ = now;
    ++failures_;
    pass_on(who);
  }
  void succeeded() {
    failures_ = 0;
    failing_since_.reset();
    probe_ = nullptr;
    waiting_.clear();
  }
  /// The request of `who` is over and has shown nothing.
  void pass_on(const void* who) {
    if (probe_ == who) probe_ = nullptr;
  }
  /// `who` does not ask any more.
  void leave(const void* who) {
    pass_on(who);
    std::erase(waiting_, who);
  }

 private:
  std::uint32_t failures_ = 0;
  std::optional<clock::time_point> failing_since_;
  const void* probe_ = nullptr;
  std::deque<const void*> waiting_;  ///< each once, the one that asked first in front
};

}  // namespace sluice::destinations
