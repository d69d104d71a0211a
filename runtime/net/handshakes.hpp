// TLS handshakes with clients that are not known yet.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "runtime/net/tls_channel.hpp"

namespace sluice::net {

struct handshake_limits {
  /// Silent clients, and clients in the middle of a handshake. One too many, and one is hung up on:
  /// see one_too_many. A silent client costs a descriptor, a handshake some 50 KiB more.
  std::size_t silent = 512;
  std::size_t talking = 128;
  std::chrono::milliseconds time{5'000};  ///< from the connect to the end
};

/// Belongs to one poll loop. A crowd keeps other clients out neither by silence nor by half a
/// handshake: silent and speaking clients have limits of their own.
class handshakes {
 public:
  using clock = std::chrono::steady_clock;
  struct events {
    /// The handshake is done. `from`: the client's address, for people.
    std::function<void(std::unique_ptr<tls_channel>, const std::string& from)> done;
    std::function<void(const std::string& from, const std::string& why)> refused;
  };

  handshakes(handshake_limits limits, events tell) : limits_(limits), tell_(std::move(tell)) {}

  /// Begins a handshake. `as` outlives it.
  void begin(os::unique_fd knocking, const tls_context& as, clock::time_point now);
  /// Adds the descriptors to poll.
  void watch(std::vector<pollfd>& polled) const;
  /// Goes on with the handshakes that stirred. `polled`: the entries that `watch` added, in that
  /// order. REQUIRES: no `begin` since `watch`.
  void go_on(std::span<const pollfd> polled, clock::time_point now);
  /// When `go_on` must be called even if no descriptor stirs; `time_point::max()` for never.
  [[nodiscard]] clock::time_point deadline() const;
  /// Descriptors that `watch` adds.
  [[nodiscard]] std::size_t size() const { return silent_.size() + talking_.size(); }
  /// Hangs up on all clients.
  void clear();

 private:
  struct arrival {
    os::unique_fd fd;  ///< until the first byte
    const tls_context* context = nullptr;
    std::unique_ptr<tls_channel> channel;  ///< from the first byte on
    std::string address;                   ///< of the client, for people
    std::uint64_t neighbourhood = 0;
    clock::time_point deadline;
    bool is_over = false;
  };
  using arrivals = std::vector<arrival>;

  /// Makes room for one more.
  void thin_out(arrivals& crowd, std::size_t limit, const char* why);
  /// The client has sent its first byte: its handshake begins with the next call of `go_on`.
  void hear(arrival a);
  /// False: the handshake is over, and an event has reported its outcome.
  bool proceed(arrival& a, clock::time_point now);

  handshake_limits limits_;
  events tell_;
  arrivals silent_;
  arrivals talking_;
  std::size_t next_talking_ = 0;  ///< index to begin with
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace sluice::net
