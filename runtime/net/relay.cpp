#include "runtime/net/relay.hpp"

#include <algorithm>
#include <utility>

namespace sluice::net {
namespace {

constexpr std::size_t parcel_size = 32u << 10;

}  // namespace

relay::relay(std::unique_ptr<channel> outside, unique_fd inside, const relay_limits& limits,
             std::optional<frame_guard> guard, clock::time_point now)
    : limits_(limits),
      outside_(std::move(outside)),
      inside_(std::move(inside)),
      guard_(std::move(guard)),
      accepted_(now),
      last_in_(now),
      last_out_(now) {
  // Room for a header that the guard kept back until its end arrived.
  to_inside_.bytes.resize(parcel_size + frame_header_size);
  to_outside_.bytes.resize(parcel_size);
}

short relay::outside_events() const {
  return outside_->events(to_inside_.empty(), !to_outside_.empty());
}

short relay::inside_events() const {
  return inside_.events(to_outside_.empty(), !to_inside_.empty());
}

relay::clock::time_point relay::deadline() const {
  auto result = clock::time_point::max();
  if (guard_ && !guard_->greeted()) result = accepted_ + limits_.handshake;
  // While bytes wait for CAF, it is not the peer that stalls.
  if (guard_ && guard_->inside_frame() && to_inside_.empty())
    result = std::min(result, last_in_ + limits_.stall);
  if (!to_outside_.empty()) result = std::min(result, last_out_ + limits_.stall);
  return result;
}

bool relay::move(clock::time_point now) {
  if (!move_out(now) || !move_in(now)) return false;
  if (now < deadline()) return true;
  if (guard_ && !guard_->greeted())
    complaint_ = "did not introduce itself in time";
  else if (!to_outside_.empty())
    complaint_ = "takes no answers";
  else
    complaint_ = "stopped in the middle of a message";
  return false;
}

moved relay::fill(parcel& p, channel& from) {
  p.begin = 0;
  return from.read({p.bytes.data(), parcel_size}, p.end);
}

moved relay::drain(parcel& p, channel& to) {
  while (!p.empty()) {
    std::size_t taken = 0;
    const auto result = to.write({p.bytes.data() + p.begin, p.end - p.begin}, taken);
    if (result != moved::some) return result;
    p.begin += taken;
  }
  return moved::some;
}

bool relay::move_in(clock::time_point now) {
  if (to_inside_.empty()) {
    switch (fill(to_inside_, *outside_)) {
      case moved::closed:
        return false;
      case moved::would_block:
        return true;
      case moved::some:
        last_in_ = now;
        if (guard_ && !judge()) return false;
    }
  }
  return drain(to_inside_, inside_) != moved::closed;
}

bool relay::judge() {
  passed_.clear();
  if (auto wrong = guard_->filter({to_inside_.bytes.data(), to_inside_.end}, passed_)) {
    complaint_ = std::move(*wrong);
    return false;
  }
  std::ranges::copy(passed_, to_inside_.bytes.begin());
  to_inside_.end = passed_.size();
  return true;
}

bool relay::move_out(clock::time_point now) {
  if (to_outside_.empty()) {
    last_out_ = now;
    switch (fill(to_outside_, inside_)) {
      case moved::closed:
        return false;
      case moved::would_block:
        return true;
      case moved::some:
        break;
    }
  }
  const auto before = to_outside_.begin;
  const auto result = drain(to_outside_, *outside_);
  if (to_outside_.begin != before) last_out_ = now;
  return result != moved::closed;
}

}  // namespace sluice::net
