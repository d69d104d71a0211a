// TLS handshakes with those who knock and of whom nothing is known yet.
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
  /// Who has said nothing yet, and who is in the middle of a handshake. For one more, one has to
  /// go: see one_too_many. Silence costs a descriptor, a handshake some 50 KiB as well.
  std::size_t silent = 512;
  std::size_t talking = 128;
  std::chrono::milliseconds time{5'000};  ///< from the connect to the end
};

/// Belongs to one poll loop. A crowd keeps others out neither by silence nor by half handshakes:
/// whoever speaks is out of the way of those who do not.
class handshakes {
 public:
  using clock = std::chrono::steady_clock;
  struct events {
    /// The handshake is done: who it is, and where it comes from.
    std::function<void(std::unique_ptr<tls_channel>, const std::string& from)> done;
    std::function<void(const std::string& from, const std::string& why)> refused;
  };

  handshakes(handshake_limits limits, events tell) : limits_(limits), tell_(std::move(tell)) {}

  /// Begins one. `as` outlives it.
  void begin(os::unique_fd knocking, const tls_context& as, clock::time_point now);
  /// What to poll for.
  void watch(std::vector<pollfd>& polled) const;
  /// Goes on with those that stirred. `polled`: what `watch` added, in that order; nobody began one
  /// since.
  void go_on(std::span<const pollfd> polled, clock::time_point now);
  /// When `go_on` must be called even if nobody stirs; `time_point::max()` for never.
  [[nodiscard]] clock::time_point deadline() const;
  /// Descriptors that `watch` adds.
  [[nodiscard]] std::size_t size() const { return silent_.size() + talking_.size(); }
  /// Hangs up on everybody.
  void clear();

 private:
  struct arrival {
    os::unique_fd fd;  ///< until it has said something
    const tls_context* as = nullptr;
    std::unique_ptr<tls_channel> channel;  ///< from then on
    std::string from;
    std::uint64_t neighbourhood = 0;
    clock::time_point deadline;
    bool is_over = false;
  };
  using arrivals = std::vector<arrival>;

  /// Makes room for one more.
  void thin_out(arrivals& crowd, std::size_t limit, const char* why);
  /// It has said its first word: its handshake begins with the next call of `go_on`.
  void hear(arrival a);
  /// False: it is over, and somebody was told how.
  bool proceed(arrival& a, clock::time_point now);

  handshake_limits limits_;
  events tell_;
  arrivals silent_;
  arrivals talking_;
  std::size_t next_talking_ = 0;  ///< with whom to begin
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace sluice::net
