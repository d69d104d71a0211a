#include "runtime/net/relay.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice::net {
namespace {

constexpr std::size_t parcel_size = 32u << 10;

}  // namespace

relay::relay(unique_fd outside, unique_fd inside, const relay_limits& limits, clock::time_point now)
    : limits_(limits),
      outside_(std::move(outside)),
      inside_(std::move(inside)),
      guard_(limits.frames),
      accepted_(now),
      last_in_(now),
      last_out_(now) {
  to_inside_.bytes.resize(parcel_size);
  to_outside_.bytes.resize(parcel_size);
}

short relay::outside_events() const {
  return static_cast<short>((to_inside_.empty() ? POLLIN : 0) |
                            (to_outside_.empty() ? 0 : POLLOUT));
}

short relay::inside_events() const {
  return static_cast<short>((to_outside_.empty() ? POLLIN : 0) |
                            (to_inside_.empty() ? 0 : POLLOUT));
}

relay::clock::time_point relay::deadline() const {
  auto result = clock::time_point::max();
  if (!guard_.greeted()) result = accepted_ + limits_.handshake;
  // While bytes wait for CAF, it is not the peer that stalls.
  if (guard_.inside_frame() && to_inside_.empty())
    result = std::min(result, last_in_ + limits_.stall);
  if (!to_outside_.empty()) result = std::min(result, last_out_ + limits_.stall);
  return result;
}

bool relay::move(clock::time_point now) {
  if (!move_out(now) || !move_in(now)) return false;
  if (now < deadline()) return true;
  if (!guard_.greeted())
    complaint_ = "did not introduce itself in time";
  else if (!to_outside_.empty())
    complaint_ = "takes no answers";
  else
    complaint_ = "stopped in the middle of a message";
  return false;
}

relay::outcome relay::fill(parcel& p, int fd) {
  for (;;) {
    const auto n = ::recv(fd, p.bytes.data(), p.bytes.size(), 0);
    if (n > 0) {
      p.begin = 0;
      p.end = static_cast<std::size_t>(n);
      return outcome::moved;
    }
    if (n == 0) return outcome::closed;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? outcome::would_block : outcome::closed;
  }
}

relay::outcome relay::drain(parcel& p, int fd) {
  while (!p.empty()) {
    const auto n = ::send(fd, p.bytes.data() + p.begin, p.end - p.begin, MSG_NOSIGNAL);
    if (n > 0)
      p.begin += static_cast<std::size_t>(n);
    else if (errno == EAGAIN)
      return outcome::would_block;
    else if (errno != EINTR)
      return outcome::closed;
  }
  return outcome::moved;
}

bool relay::move_in(clock::time_point now) {
  if (to_inside_.empty()) {
    switch (fill(to_inside_, outside_.get())) {
      case outcome::closed:
        return false;
      case outcome::would_block:
        return true;
      case outcome::moved:
        last_in_ = now;
        if (auto wrong = guard_.inspect({to_inside_.bytes.data(), to_inside_.end})) {
          complaint_ = std::move(*wrong);
          return false;
        }
    }
  }
  return drain(to_inside_, inside_.get()) != outcome::closed;
}

bool relay::move_out(clock::time_point now) {
  if (to_outside_.empty()) {
    last_out_ = now;
    switch (fill(to_outside_, inside_.get())) {
      case outcome::closed:
        return false;
      case outcome::would_block:
        return true;
      case outcome::moved:
        break;
    }
  }
  const auto before = to_outside_.begin;
  const auto result = drain(to_outside_, outside_.get());
  if (to_outside_.begin != before) last_out_ = now;
  return result != outcome::closed;
}

}  // namespace sluice::net
