// The gate between clients and CAF: one thread accepts, checks who knocks, and relays every byte.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/net/relay.hpp"
#include "runtime/net/unix_socket.hpp"

namespace sluice::net {

struct gate_limits {
  /// Clients at a time; one more is turned away at once. Each costs three descriptors and 64 KiB.
  std::size_t connections = 128;
  relay_limits each;
};

/// What the gate calls, always on its own thread. None of them may block.
struct gate_events {
  /// A client is welcome: hand this end of its connection to CAF.
  std::function<void(unique_fd)> admit;
  /// About once a second while there are clients, and once after the last one left.
  std::function<void()> tick;
  /// A client was turned away or cut off: who and why, as one line for the log.
  std::function<void(const std::string&)> refused;
};

/// Owns the listening sockets and the relays. A client that is garbage, silent, slow or gone costs
/// its own connection and nothing else. The thread sleeps while nothing happens.
class gate {
 public:
  /// Opens at once. Throws `failure` (internal) if the kernel has no descriptors left.
  gate(std::vector<listening_socket> sockets, gate_events events, gate_limits limits);
  /// As `close` without a grace.
  ~gate();
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  /// Accepts nobody any more, relays for up to `grace` what is still said, then hangs up. When it
  /// returns, no event is called any more and the socket files are gone. May be called once more.
  void close(std::chrono::milliseconds grace);

  /// Clients being served just now.
  [[nodiscard]] std::size_t clients() const { return clients_.load(); }

 private:
  using clock = relay::clock;
  struct visitor {
    relay link;
    peer who;
  };

  void run();
  void accept_from(const listening_socket& socket);
  void admit(unique_fd knocking);
  void serve(clock::time_point now);
  void tick_if_due(clock::time_point now);
  /// Milliseconds for poll; -1 for ever.
  [[nodiscard]] int wait_time(clock::time_point now) const;
  void refuse(const peer& who, const std::string& why);

  std::vector<listening_socket> sockets_;
  gate_events events_;
  gate_limits limits_;
  unique_fd wake_;
  std::vector<visitor> visitors_;
  std::atomic<std::size_t> clients_{0};
  std::optional<clock::time_point> next_tick_;
  clock::time_point accept_again_{};    ///< descriptors ran out: leave knocking clients waiting
  std::atomic<clock::rep> hang_up_at_;  ///< of `clock`; its maximum while open
  std::thread thread_;
};

}  // namespace sluice::net
