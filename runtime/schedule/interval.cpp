#include "runtime/schedule/interval.hpp"

#include "runtime/schedule/local_times.hpp"

namespace sluice::schedule {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

/// The first point of the grid `origin`, `origin + step`, … (and before it) that is not before `t`.
template <class Time>
Time on_grid(Time t, Time origin, milliseconds step) {
  auto beyond = (t - origin) % step;
  if (beyond < milliseconds{0}) beyond += step;
  return beyond == milliseconds{0} ? t : t + (step - beyond);
}

/// The times of an interval that has a `starting_at`.
class times_from_start {
 public:
  /// REQUIRES: `schedule` has a `starting_at`.
  explicit times_from_start(const every& schedule)
      : interval_(schedule.interval), starting_at_(*schedule.starting_at) {}

  [[nodiscard]] std::optional<local_timestamp> first_from(local_timestamp t) const {
    const local_timestamp epoch{starting_at_};
    if (interval_ > days{1}) return on_grid(t, epoch, interval_);
    const auto begun = std::chrono::floor<days>(t - starting_at_) + starting_at_;
    return std::min(on_grid(t, begun, interval_), begun + days{1});
  }

  [[nodiscard]] bool follows(std::chrono::seconds change) const { return interval_ <= change; }

 private:
  milliseconds interval_;
  milliseconds starting_at_;
};

/// Two digits at the beginning, below `limit`.
std::optional<int> two_digits(std::string_view text, int limit) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() < 2 || !digit(0) || !digit(1)) return std::nullopt;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  return value < limit ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<timestamp> next_due(const every& schedule, timestamp t) {
  if (schedule.starting_at) return next_instant(times_from_start{schedule}, schedule.zone, t);
  if (t >= last_time) return std::nullopt;
  const auto due =
      on_grid(std::max(t + milliseconds{1}, first_time), timestamp{}, schedule.interval);
  return due <= last_time ? std::optional(due) : std::nullopt;
}

std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text) {
  const bool has_seconds = text.size() == 8;
  if ((text.size() != 5 && !has_seconds) || text[2] != ':' || (has_seconds && text[5] != ':'))
    return std::nullopt;
  const auto hour = two_digits(text, 24);
  const auto minute = two_digits(text.substr(3), 60);
  const auto second = has_seconds ? two_digits(text.substr(6), 60) : 0;
  if (!hour || !minute || !second) return std::nullopt;
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace sluice::schedule
