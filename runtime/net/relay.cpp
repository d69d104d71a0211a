#include "runtime/net/relay.hpp"

#include <algorithm>
#include <utility>

namespace sluice::net {
namespace {

constexpr std::size_t parcel_size = 32u << 10;
/// Bytes that are read from a client at a time: requests are small.
constexpr std::size_t client_parcel_size = 4u << 10;

}  // namespace

relay::relay(std::unique_ptr<channel> outside, os::unique_fd inside, const relay_limits& limits,
             std::optional<frame_guard> guard, clock::time_point now)
    : limits_(limits),
      outside_(std::move(outside)),
      inside_(std::move(inside)),
      guard_(std::move(guard)),
      accepted_(now),
      last_in_(now),
      last_out_(now) {
  const bool is_client = guard_ && guard_->is_of_client();
  (guard_ ? heard_ : to_inside_).bytes.resize(is_client ? client_parcel_size : parcel_size);
  to_outside_.bytes.resize(parcel_size);
}

bool relay::listens() const {
  if (!to_inside_.empty()) return false;
  return !guard_ || (heard_.empty() && !guard_->keeps_request() && guard_->willing());
}

bool relay::ready() const {
  if (listens()) return outside_->holds_bytes();
  const bool judged_late = guard_ && (!heard_.empty() || guard_->keeps_request());
  return to_inside_.empty() && judged_late && guard_->willing();
}

short relay::outside_events() const { return outside_->events(listens(), !to_outside_.empty()); }

short relay::inside_events() const {
  return inside_.events(to_outside_.empty(), !to_inside_.empty());
}

relay::clock::time_point relay::deadline() const {
  const auto slow_at = guard_ && to_outside_.empty() ? guard_->slow_at() : clock::time_point::max();
  return std::min(end_of_patience(), slow_at);
}

relay::clock::time_point relay::end_of_patience() const {
  auto result = clock::time_point::max();
  if (guard_ && !guard_->greeted()) result = accepted_ + limits_.handshake;
  // A peer that is not being read does not stall.
  if (guard_ && guard_->inside_frame() && listens())
    result = std::min(result, last_in_ + limits_.stall);
  if (!to_outside_.empty()) result = std::min(result, last_out_ + limits_.stall);
  return result;
}

bool relay::move(clock::time_point now) {
  if (!move_out(now)) return false;
  if (guard_ && to_outside_.empty()) guard_->let_go_of_slow(now);
  if (!move_in(now)) return false;
  if (now < end_of_patience()) return true;
  if (guard_ && !guard_->greeted())
    complaint_ = "did not introduce itself in time";
  else if (!to_outside_.empty())
    complaint_ = "takes no answers";
  else
    complaint_ = "stopped in the middle of a message";
  return false;
}

moved relay::fill(parcel& p, channel& from) {
  p.begin = p.end = 0;
  return from.read(p.bytes, p.end);
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
  if (!listens()) last_in_ = now;
  for (bool has_heard = false;;) {
    if (drain(to_inside_, inside_) == moved::closed) return false;
    if (!to_inside_.empty()) return true;
    if (guard_ && !judge(now)) return false;
    if (!to_inside_.empty()) continue;
    if (has_heard || !listens()) return true;
    // Once, so that a client that sends without an end does not keep the others waiting.
    has_heard = true;
    switch (fill(guard_ ? heard_ : to_inside_, *outside_)) {
      case moved::closed:
        return false;
      case moved::would_block:
        return true;
      case moved::some:
        last_in_ = now;
    }
  }
}

bool relay::judge(clock::time_point now) {
  to_inside_.bytes.clear();
  std::span<const char> rest(heard_.bytes.data() + heard_.begin, heard_.end - heard_.begin);
  if (auto wrong = guard_->filter(rest, to_inside_.bytes, now)) {
    complaint_ = std::move(*wrong);
    return false;
  }
  heard_.begin = heard_.end - rest.size();
  to_inside_.begin = 0;
  to_inside_.end = to_inside_.bytes.size();
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
        if (guard_)
          guard_->note_answers({to_outside_.bytes.data(), to_outside_.end - to_outside_.begin});
    }
  }
  const auto before = to_outside_.begin;
  const auto result = drain(to_outside_, *outside_);
  if (to_outside_.begin != before) last_out_ = now;
  return result != moved::closed;
}

}  // namespace sluice::net
