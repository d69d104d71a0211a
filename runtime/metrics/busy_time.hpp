// Time spent on one activity, counted while it goes on. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace sluice::metrics {

/// The sum of intervals, also of several threads at once. An interval that is not over counts up to
/// the moment of asking, so the sum grows while it lasts. Thread safe.
class busy_time {
 public:
  using clock = std::chrono::steady_clock;

  /// Counts from its construction to its destruction. `all` must outlive it.
  class interval {
   public:
    explicit interval(busy_time& all) : all_(all), begin_(clock::now()) { all_.begin(begin_); }
    ~interval() { all_.end(begin_, clock::now()); }
    interval(const interval&) = delete;
    interval& operator=(const interval&) = delete;

   private:
    busy_time& all_;
    clock::time_point begin_;
  };

  /// Never less than it was.
  [[nodiscard]] clock::duration total() const { return total(clock::now()); }
  [[nodiscard]] clock::duration total(clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    return over_ + now.time_since_epoch() * running_ - begins_;
  }

  void begin(clock::time_point at) {
    const std::lock_guard lock(mutex_);
    ++running_;
    begins_ += at.time_since_epoch();
  }
  /// REQUIRES: an interval that began at `began`.
  void end(clock::time_point began, clock::time_point at) {
    const std::lock_guard lock(mutex_);
    --running_;
    begins_ -= began.time_since_epoch();
    over_ += at - began;
  }

 private:
  mutable std::mutex mutex_;
  clock::duration over_{};    ///< the sum of ended intervals
  std::int64_t running_ = 0;  ///< intervals that are not over
  clock::duration begins_{};  ///< the sum of their beginnings, each since the clock's epoch
};

}  // namespace sluice::metrics
