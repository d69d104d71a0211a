#include "runtime/destinations/http/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

#include "messages/expect.hpp"

namespace sluice::destinations {
namespace {

constexpr double growth = 0.05;  ///< of the level, in a round
/// How fast the usual round trip follows shorter ones, and longer ones.
constexpr double follow_down = 0.3;
constexpr double follow_up = 0.02;
/// Rounds longer by more than this are no measure of what is usual: a level that grows slowly must
/// not make its own queue usual.
constexpr double usual_band = 1.2;
constexpr double deviation_share = 0.1;  ///< of a new round in the mean deviation
constexpr double slower = 0.9;           ///< factor for round trips that get longer
constexpr double outage = 0.5;           ///< factor for failures
constexpr double bad_share = 0.1;        ///< so many failures of a round count
/// A level that is half of what it was, and round trips that are hardly shorter: something else
/// makes them long.
constexpr double unrelated = 0.75;

}  // namespace

concurrency_limit::concurrency_limit(std::optional<std::uint32_t> fixed)
    : adapts_(!fixed), most_(fixed.value_or(most)), level_(fixed.value_or(1)), doubling_(!fixed) {
  expect(most_ >= 1, "limit requests at once", "a number from 1 on");
  if (fixed) bound_ = bound::number;
}

std::uint64_t concurrency_limit::begin() {
  ++under_way_;
  ++begun_;
  if (round_.last == 0) round_.last = begun_;
  round_.peak = std::max(round_.peak, under_way_);
  if (under_way_ >= allowed()) round_.full = true;
  return begun_;
}

void concurrency_limit::answered(std::uint64_t number, microseconds round_trip,
                                 clock::time_point now) {
  end();
  if (number <= changed_at_) return;
  ++round_.answers;
  round_.sum += static_cast<double>(round_trip.count());
  if (doubling_ && round_.full) level_ = std::max(level_, std::min(level_ + 1, ceiling(now)));
  if (number >= round_.last) end_round(now);
}

void concurrency_limit::failed(std::uint64_t number) {
  end();
  if (number <= changed_at_) return;
  ++round_.failures;
  if (round_.failures > 1 &&
      round_.failures > bad_share * (round_.failures + round_.answers + level_))
    shrink(outage, bound_);
}

void concurrency_limit::refused(std::uint64_t number, clock::time_point now) {
  end();
  if (number <= changed_at_) return;
  level_ = std::min(level_, static_cast<double>(std::max(round_.peak, 1u)));
  if (refused_level_ && level_ >= *refused_level_ - 1)
    hold_ = std::min(hold_ * 2, std::chrono::seconds(longest_hold));
  refused_level_ = level_;
  hold_until_ = now + hold_;
  // A little less than what was refused is enough, unless it is refused again.
  const double factor = doubling_ || refusals_in_a_row_ > 1 ? 0.5
                        : refusals_in_a_row_ == 1           ? 0.8
                                                            : 1 - growth;
  refusals_in_a_row_ += doubling_ ? 2 : 1;
  shrink(factor, bound::refusals);
}

void concurrency_limit::shrink(double factor, bound why) {
  level_ = std::max(1.0, std::min(std::floor(level_ * factor), level_ - 1));
  doubling_ = false;
  bound_ = why;
  changed_at_ = begun_;
  begin_round();
}

void concurrency_limit::begin_round() {
  round_ = {};
  round_.peak = under_way_;
}

double concurrency_limit::ceiling(clock::time_point now) const {
  if (!refused_level_) return most_;
  return std::min(most_, now < hold_until_ ? *refused_level_ - 1 : *refused_level_);
}

void concurrency_limit::end_round(clock::time_point now) {
  const auto done = round_;
  begin_round();
  refusals_in_a_row_ = 0;
  const double mean = done.sum / done.answers;
  if (usual_ == 0) usual_ = last_mean_ = mean;
  if (adapts_ && is_slow(mean)) return slow_down(mean);
  slow_.reset();
  learn(mean);
  if (done.full) grow(now);
}

bool concurrency_limit::is_slow(double mean) const {
  const double scatter = std::min(most_deviations * deviation_, usual_);
  const double tolerated =
      std::max({usual_ * (longer - 1), scatter, static_cast<double>(noise.count())});
  return mean > usual_ + tolerated;
}

void concurrency_limit::learn(double mean) {
  deviation_ += deviation_share * (std::abs(mean - last_mean_) - deviation_);
  last_mean_ = mean;
  const double off = mean - usual_;
  if (mean < usual_ * usual_band) usual_ += (off < 0 ? follow_down : follow_up) * off;
}

void concurrency_limit::slow_down(double mean) {
  if (doubling_) {  // these round trips are of several levels: once more, at this one
    doubling_ = false;
    changed_at_ = begun_;
    return;
  }
  if (!slow_) slow_ = {level_, mean};
  const bool alone = level_ < 2;
  if (alone || (level_ <= slow_->level / 2 && mean > unrelated * slow_->mean)) {
    usual_ = last_mean_ = mean;
    slow_.reset();
    doubling_ = true;
    if (bound_ == bound::latency) bound_ = bound::none;
    return;
  }
  shrink(std::clamp(usual_ * usual_band / mean, outage, slower), bound::latency);
}

void concurrency_limit::grow(clock::time_point now) {
  if (refused_level_ && level_ >= *refused_level_) {  // a whole round of it has passed
    refused_level_.reset();
    hold_ = shortest_hold;
  }
  const auto next = doubling_ ? level_ : level_ + std::max(1.0, level_ * growth);
  level_ = std::max(level_, std::min(next, ceiling(now)));
  bound_ = level_ >= most_            ? bound::number
           : refused_level_           ? bound::refusals
           : bound_ == bound::latency ? bound::latency
                                      : bound::none;
}

}  // namespace sluice::destinations
