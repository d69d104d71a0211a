// TCP sockets: listening, and connecting with a time-out of our own.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "runtime/net/address.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::net {

/// A bound, listening TCP socket.
class listening_tcp_socket {
 public:
  /// Throws `failure` (invalid_config) if the host is no address of this machine, (state_locked) if
  /// the port is taken.
  explicit listening_tcp_socket(const address& where);

  /// Non-blocking; readable when a client waits.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Leaves silent clients to the kernel for about a second, where they cost next to nothing. For
  /// protocols in which the client speaks first.
  void await_first_words() const;

 private:
  os::unique_fd fd_;
};

/// Connects within `timeout`, which includes looking up the host's name; tries each address of the
/// name. The socket returned is non-blocking. Throws `failure` (unreachable or timed_out), and
/// (cancelled) soon after `stop` is requested.
os::unique_fd connect_tcp(const address& where, std::chrono::milliseconds timeout,
                          const std::stop_token& stop = {});

/// Waits until `fd` is ready for one of `events`; false: not before `deadline`. Throws `failure`
/// (cancelled) soon after `stop` is requested.
bool wait_for(int fd, short events, const address& where,
              std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

/// `10.0.0.7:51234`: the other end of a connected socket, for people.
std::string remote_address(int fd);

/// Lets small messages leave at once (TCP_NODELAY), since receivers wait for each.
void send_at_once(int fd);

}  // namespace sluice::net
