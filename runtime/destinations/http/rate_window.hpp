// Limits requests, or their rows, in any window of time, as the receiver counts them. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "messages/expect.hpp"

namespace sluice::destinations {

/// Remembers what was used when; the limit holds for every window of that length, not on average.
///
/// The time of arrival counts, which nobody knows but the receiver: a request arrives some time
/// between its sending and the end of its answer. So it uses up its place from when it is admitted
/// until one length after it has ended, or after the latest moment at which it can have arrived.
/// Whatever comes in its place is sent later than that. Memory: bounded, since uses that follow
/// each other closely are remembered as one, as late as the last of them.
class rate_window {
 public:
  using clock = std::chrono::steady_clock;

  /// So many parts of a window are told apart.
  static constexpr int parts = 256;

  /// At most `most` in any stretch of the length `per`.
  rate_window(std::uint64_t most, std::chrono::milliseconds per) : most_(most), length_(per) {
    expect(most > 0 && per.count() > 0, "limit rate", "an amount and a time");
  }

  /// Reserves `amount`, or all there is, at `now`; or returns when to ask again: never, if that
  /// depends on requests that have not ended.
  std::optional<clock::time_point> take(std::uint64_t amount, clock::time_point now) {
    forget(now);
    amount = std::min(amount, most_);
    if (used_ + reserved_ + amount <= most_) {
      reserved_ += amount;
      return std::nullopt;
    }
    std::uint64_t freed = 0;
    for (const auto& each : uses_) {
      freed += each.amount;
      if (used_ - freed + reserved_ + amount <= most_) return each.last + length_;
    }
    return clock::time_point::max();
  }
  /// What was reserved arrived at `when`, or before. REQUIRES: `take` reserved it.
  void arrived(std::uint64_t amount, clock::time_point when) {
    amount = std::min(amount, most_);
    dropped(amount);
    use(amount, when);
  }
  /// What was reserved was not used.
  void dropped(std::uint64_t amount) {
    amount = std::min(amount, most_);
    expect(reserved_ >= amount, "limit rate", "what was reserved");
    reserved_ -= amount;
  }

  struct used {
    clock::time_point last;
    std::uint64_t amount = 0;
  };
  /// What counts at `now`, the earliest first, without what is only reserved.
  [[nodiscard]] std::vector<used> uses(clock::time_point now) {
    forget(now);
    std::vector<used> out;
    for (const auto& each : uses_) out.push_back({each.last, each.amount});
    return out;
  }
  /// Something that was not reserved here counts, too.
  void use(std::uint64_t amount, clock::time_point when) {
    if (amount == 0) return;
    used_ += amount;
    if (!uses_.empty()) when = std::max(when, uses_.back().last);
    if (!uses_.empty() && when - uses_.back().first <= length_ / parts) {
      uses_.back().last = when;
      uses_.back().amount += amount;
    } else {
      uses_.push_back({when, when, amount});
    }
  }

  [[nodiscard]] std::uint64_t most() const { return most_; }
  [[nodiscard]] std::uint64_t reserved() const { return reserved_; }

 private:
  struct slot {
    clock::time_point first;
    clock::time_point last;
    std::uint64_t amount = 0;
  };

  void forget(clock::time_point now) {
    while (!uses_.empty() && uses_.front().last + length_ <= now) {
      used_ -= uses_.front().amount;
      uses_.pop_front();
    }
  }

  std::uint64_t most_;
  std::chrono::milliseconds length_;
  std::deque<slot> uses_;
  std::uint64_t used_ = 0;  ///< in `uses_`
  std::uint64_t reserved_ = 0;
};

}  // namespace sluice::destinations
