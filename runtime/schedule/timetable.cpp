#include "runtime/schedule/timetable.hpp"

#include <algorithm>
#include <utility>

#include "runtime/schedule/local_times.hpp"

namespace sluice::schedule {

timetable::timetable(plan schedule, std::optional<timestamp> handled, timestamp now)
    : plan_(std::move(schedule)) {
  if (std::holds_alternative<manual>(plan_) || std::holds_alternative<after>(plan_)) return;
  go_on_from(handled.value_or(now));
  check_clock(now);
}

void timetable::go_on_from(timestamp handled) {
  handled_ = handled;
  next_ = next_due(plan_, handled);
}

void timetable::check_clock(timestamp now) {
  if (!handled_ || *handled_ - now <= longest_saving) return;
  set_back_ = *handled_ - now;
  go_on_from(now);
}

timetable::answer timetable::take(timestamp now) {
  check_clock(now);
  answer out;
  out.set_back = std::exchange(set_back_, std::chrono::milliseconds{0});
  if (next_ && *next_ <= now) {
    out.due = next_;
    go_on_from(now);
  }
  return out;
}

std::optional<std::chrono::milliseconds> timetable::wait(timestamp now) const {
  if (!handled_) return std::nullopt;
  if (!next_) return longest_wait;  // the clock may be wrong
  return std::clamp(*next_ - now, std::chrono::milliseconds{0}, longest_wait);
}

}  // namespace sluice::schedule
