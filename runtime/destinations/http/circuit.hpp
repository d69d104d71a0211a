// Circuit breaker: an API that fails again and again is asked by one request at a time. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::destinations {

/// Counts failures since the last success. While it is open only the one who probes may send; the
/// others wait until it is closed or the probe is given up. How long a probe waits between its
/// attempts is its own backoff's business.
class circuit {
 public:
  using clock = std::chrono::steady_clock;
  /// Failures in a row, over all writers, that open it.
  static constexpr std::uint32_t threshold = 5;

  [[nodiscard]] bool open() const { return failures_ >= threshold; }
  /// When the present outage began; nothing while requests succeed.
  [[nodiscard]] std::optional<clock::time_point> failing_since() const { return failing_since_; }

  /// Whether `who` may send now. The first one to ask an open circuit probes it.
  bool admit(const void* who) {
    if (!open()) return true;
    if (probe_ == nullptr) probe_ = who;
    return probe_ == who;
  }
  void failed(clock::time_point now) {
    if (!failing_since_) failing_since_ = now;
    ++failures_;
  }
  void succeeded() {
    failures_ = 0;
    failing_since_.reset();
    probe_ = nullptr;
  }
  /// `who` sends no more: another one may probe.
  void leave(const void* who) {
    if (probe_ == who) probe_ = nullptr;
  }

 private:
  std::uint32_t failures_ = 0;
  std::optional<clock::time_point> failing_since_;
  const void* probe_ = nullptr;
};

}  // namespace sluice::destinations
