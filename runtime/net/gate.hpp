// The gate between clients and CAF: one thread accepts, authenticates, and relays every byte.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "runtime/log/repeated_lines.hpp"
#include "runtime/net/handshakes.hpp"
#include "runtime/net/party.hpp"
#include "runtime/net/places.hpp"
#include "runtime/net/relay.hpp"
#include "runtime/net/tcp_socket.hpp"
#include "runtime/net/tls_channel.hpp"
#include "runtime/net/turns.hpp"
#include "runtime/net/unix_socket.hpp"

namespace sluice::net {

struct gate_limits {
  place_limits places;
  relay_limits each;
  /// TLS handshakes under way; `time` is that of `each`.
  handshake_limits handshakes;
  /// Unanswered requests of each kind of client but nodes (see place_kind), by how they are
  /// answered; and the share of them that one certificate, process or address may have. A list may
  /// have megabytes.
  std::size_t prompt_requests = 32;
  std::size_t prompt_share = 8;
  std::size_t lists = 6;
  std::size_t list_share = 3;
  std::size_t later_requests = 64;
  std::size_t later_share = 32;
  /// See log::repeated_lines.
  std::chrono::milliseconds complaints{10'000};
};

/// A TCP port, and the certificate that this node shows there.
struct tcp_door {
  listening_tcp_socket socket;
  std::shared_ptr<const tls_context> context;  ///< null: no TLS, every client is let in
};

/// How a client is let in.
struct admission {
  std::optional<client_rules> rules;  ///< nothing: the client is a node
  std::shared_ptr<void> until_gone;   ///< kept until the client has gone
};

/// Calls of the gate, all on its own thread. None of them may block.
struct gate_events {
  /// Hands one end of a client's connection to CAF. A client of a Unix socket or of a bare TCP port
  /// counts as an operator. `caf_socket` carries the client's bytes to CAF and stays open as long
  /// as `until_gone` lives; shutting it down ends the connection. Returns nothing to drop the
  /// client silently. Throws `failure` to refuse the client with a reason.
  std::function<std::optional<admission>(os::unique_fd, const party&, int caf_socket)> admit;
  /// About once a second while there are clients, and once after the last one left.
  std::function<void()> tick;
  /// A client was turned away or cut off: which client and why, as one line for the log. Clients
  /// turned away for the same reason get one line per interval.
  std::function<void(const std::string&)> refused;
};

/// Owns the listening sockets and the relays. A client that sends garbage, is silent, slow or gone
/// costs its own connection and nothing else. The thread sleeps while nothing happens.
class gate {
 public:
  /// Opens at once. Throws `failure` (internal) if the kernel has no descriptors left.
  gate(std::vector<listening_socket> sockets, std::vector<tcp_door> doors, gate_events events,
       gate_limits limits);
  /// As `close` without a grace.
  ~gate();
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  /// Accepts no more clients, relays for up to `grace`, then hangs up. After that no event is
  /// called any more, and the socket files are gone. May be called again.
  void close(std::chrono::milliseconds grace);

  /// Clients being served just now.
  [[nodiscard]] std::size_t clients() const { return clients_.load(); }

 private:
  using clock = relay::clock;
  /// A client that has connected.
  struct caller {
    std::string text;  ///< for people
    party as;
    place_kind kind;
    std::string whose;  ///< see places
  };
  /// A client whose bytes are relayed.
  struct visitor {
    caller who;
    std::shared_ptr<void> place;
    relay link;
    std::shared_ptr<void> until_gone;  ///< the last member: goes before the sockets close
  };

  void run();
  /// Accepts up to a bounded number of connections, and calls `take` for each.
  void accept_from(int fd, const std::function<void(os::unique_fd)>& take);
  void admit_local(os::unique_fd knocking);
  void admit_bare(os::unique_fd knocking);
  void admit_protected(std::unique_ptr<tls_channel> channel, const std::string& from);
  /// Makes the client a visitor, or turns it away.
  void let_in(std::unique_ptr<channel> outside, const caller& who);
  /// Takes a place from the owner with the most places of that kind. False: no owner has more than
  /// `for_whom` would have.
  bool make_room(const caller& for_whom);
  /// `polled`: the entries of the visitors, two for each.
  void serve(std::span<const pollfd> polled, clock::time_point now);
  void tick_if_due(clock::time_point now);
  /// Milliseconds for poll; -1 for ever.
  [[nodiscard]] int wait_time(clock::time_point now) const;
  void refuse(const std::string& who, const std::string& why);

  std::vector<listening_socket> sockets_;
  std::vector<tcp_door> doors_;
  gate_events events_;
  gate_limits limits_;
  os::unique_fd wake_;
  log::repeated_lines complaints_;
  handshakes handshakes_;
  places places_;
  std::map<place_kind, request_turns> requests_;  ///< under way; outlives the visitors
  std::vector<std::unique_ptr<visitor>> visitors_;
  std::size_t next_served_ = 0;  ///< index of the visitor to begin with
  std::minstd_rand random_{std::random_device{}()};
  std::atomic<std::size_t> clients_{0};
  std::optional<clock::time_point> next_tick_;
  clock::time_point accept_again_{};    ///< descriptors ran out: leave knocking clients waiting
  std::atomic<clock::rep> hang_up_at_;  ///< of `clock`; its maximum while open
  std::thread thread_;
};

}  // namespace sluice::net
