// Serves HTTP. No client can keep another one waiting.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/log/repeated_lines.hpp"
#include "runtime/os/unique_fd.hpp"
#include "runtime/web/listening_port.hpp"
#include "runtime/web/responder.hpp"

namespace sluice::web {

struct listener_limits {
  /// Clients at a time. For one more, a client without a complete request has to go, at random from
  /// where most of them come from (see net::one_too_many).
  std::size_t connections = 256;
  /// Bytes of a request: its line and its headers.
  std::size_t request = std::size_t{16} << 10;
  /// Bytes of responses that clients have not taken yet, of all clients. A larger one is sent only
  /// if it is alone, and small ones always are.
  std::size_t unsent = std::size_t{32} << 20;
  /// Requests being answered at a time.
  std::size_t workers = 4;
  /// How long a client may take to send its request, and to take the response.
  std::chrono::milliseconds asking = std::chrono::seconds(5);
  std::chrono::milliseconds taking = std::chrono::seconds(10);
};

/// One thread moves all bytes and never waits for a client; a few more call the routes. A
/// connection serves one request.
///
///   asking ──whole request──► answering ──response──► taking ──all sent──► leaving
///      │ too slow, too many                              │ too slow            │ hung up, too slow
///      └─────────────────────────────────────────────────┴─────────────────────┴──► closed
class listener {
 public:
  using limits = listener_limits;

  /// `trouble`: one line for the log; called by the thread that moves bytes. Throws `failure`
  /// (internal) if the kernel has no descriptors left.
  listener(listening_port port, const routes& paths,
           std::function<void(const std::string&)> trouble, limits l = {});
  /// Hangs up. Waits for routes that are being called.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_.port(); }

 private:
  using clock = std::chrono::steady_clock;
  enum class stage : std::uint8_t { asking, answering, taking, leaving };
  struct visitor {
    os::unique_fd fd;
    stage progress = stage::asking;
    clock::time_point deadline;  ///< of the present stage; not while answering
    std::string text;            ///< the received part of the request, then the response
    std::size_t sent = 0;        ///< of the response
    std::uint64_t neighbourhood = 0;
  };
  using visitors = std::map<std::uint64_t, visitor>;  ///< by number: the oldest first
  struct note {
    std::uint64_t visitor = 0;
    std::string text;
  };

  void run();
  void work();
  void accept_all(clock::time_point now);
  void admit(os::unique_fd fd, clock::time_point now);
  [[nodiscard]] int wait_time(clock::time_point now) const;
  void take_responses(clock::time_point now);
  /// False: the visitor is over.
  bool serve(visitors::value_type& each, clock::time_point now);
  bool hear(visitors::value_type& from, clock::time_point now);
  bool tell(visitor& to, clock::time_point now);
  void respond(visitor& to, std::string response, clock::time_point now);
  void forget(visitors::iterator who);
  /// Forgets one of the visitors for which `may_go`; false: there is none.
  template <class Filter>
  bool make_room(const Filter& may_go);

  limits limits_;
  listening_port port_;
  responder responder_;
  log::repeated_lines trouble_;
  os::unique_fd wake_;

  // -- the thread that moves bytes
  visitors visitors_;
  std::uint64_t admitted_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::size_t unsent_ = 0;            ///< bytes of responses in `visitors_`
  clock::time_point accept_again_{};  ///< descriptors ran out: leave clients waiting

  // -- all threads
  std::mutex mutex_;
  std::condition_variable todo_;
  bool ending_ = false;
  std::deque<note> requests_;  ///< at most one for each visitor
  std::vector<note> responses_;

  std::vector<std::thread> threads_;
};

}  // namespace sluice::web
