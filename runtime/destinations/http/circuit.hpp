// Circuit breaker: an API that fails again and again gets one request at a time. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::destinations {

/// Counts failures since the last success. While the circuit is open, one request at a time may be
/// sent, and the callers take turns: a request of one may fail where another's succeeds.
class circuit {
 public:
  using clock = std::chrono::steady_clock;
  /// Failures in a row, of all writers together, that open the circuit.
  static constexpr std::uint32_t threshold = 5;

  [[nodiscard]] bool open() const { return failures_ >= threshold; }
  /// Failures after the circuit was opened.
  [[nodiscard]] std::uint32_t failed_probes() const { return open() ? failures_ - threshold : 0; }
  /// Failures since the last success.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  /// When the present outage began; nothing while requests succeed.
  [[nodiscard]] std::optional<clock::time_point> failing_since() const { return failing_since_; }

  /// Whether `who` may send now. If not, `who` is queued, and gets its turn after the callers in
  /// front of it.
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
  /// The request of `who` ended without showing whether the API works.
  void pass_on(const void* who) {
    if (probe_ == who) probe_ = nullptr;
  }
  /// `who` no longer waits for a turn.
  void leave(const void* who) {
    pass_on(who);
    std::erase(waiting_, who);
  }

 private:
  std::uint32_t failures_ = 0;
  std::optional<clock::time_point> failing_since_;
  const void* probe_ = nullptr;
  std::deque<const void*> waiting_;  ///< each once, in the order of asking
};

}  // namespace sluice::destinations
