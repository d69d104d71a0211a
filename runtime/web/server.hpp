// Serves HTTP, in the clear or over TLS. No client can keep another one waiting.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/log/repeated_lines.hpp"
#include "runtime/web/connection.hpp"
#include "runtime/web/listening_port.hpp"
#include "runtime/web/response_text.hpp"

namespace sluice::web {

struct server_limits {
  /// Clients at a time. For one more, a client without a complete request has to go, at random from
  /// where most of them come from (see net::one_too_many).
  std::size_t connections = 512;
  connection_limits each;
  /// Bytes of responses that clients have not taken yet, of all clients. A larger one is sent only
  /// if it is alone, else 503; small ones always are. Streams have a limit of their own.
  std::size_t unsent = std::size_t{32} << 20;
  /// Bytes of a stream that its client has not taken. A client for which there are more is cut off.
  std::size_t stream = std::size_t{256} << 10;
};

/// Called by the server's thread; none may block.
struct server_events {
  /// A request is there. What it throws is answered with 500.
  std::function<void(std::shared_ptr<exchange>)> asked;
  /// The response to a request that no one is asked about, since it is broken, too large, or was
  /// dropped. `text`: for people, one line. `target`: as sent; empty if it is not known.
  std::function<response(int status, const std::string& text, std::string_view target)> refuse =
      plain_refusal;
  /// A line for the log.
  std::function<void(const std::string&)> trouble;
};

/// One thread moves all bytes and never waits for a client; whoever answers does so on threads of
/// its own. A connection serves one request after the other; see `connection`.
class server {
 public:
  /// `tls`: null to serve in the clear. Throws `failure` (internal) if the kernel has no
  /// descriptors left.
  server(listening_port port, std::shared_ptr<const net::tls_server> tls, server_events tell,
         server_limits limits = {});
  /// Hangs up. Exchanges that are not over are lost.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_.port(); }
  /// Shows another certificate to clients that come from now on. REQUIRES: there was one. Any
  /// thread.
  void use(std::shared_ptr<const net::tls_server> tls);

 private:
  using clock = connection::clock;
  using stage = connection::stage;
  struct visitor {
    explicit visitor(connection c) : line(std::move(c)) {}
    connection line;
    std::size_t charged = 0;   ///< of `unsent_`
    bool is_replaced = false;  ///< its response was too large, and another one is sent
  };
  using visitors = std::map<std::uint64_t, visitor>;  ///< by number: the oldest first

  void run();
  void accept_all(clock::time_point now);
  void admit(os::unique_fd fd, clock::time_point now);
  template <class Filter>
  bool make_room(const Filter& may_go);
  [[nodiscard]] int wait_time(clock::time_point now) const;
  void serve_all(std::span<const pollfd> polled, clock::time_point now);
  void take_answers(clock::time_point now);
  void take_answer(visitors::iterator to, clock::time_point now);
  connection::event serve(connection& line, short found, clock::time_point now);
  connection::event respond(visitor& to, response r, clock::time_point now);
  connection::event open_stream(visitor& to, const response& head, clock::time_point now);
  connection::event refuse(visitor& to, int status, const std::string& text,
                           std::string_view target, clock::time_point now);
  void ask(visitors::value_type& from);
  /// Acts upon what came of moving bytes, and what comes of that. The visitor may be gone then.
  void settle(visitors::iterator who, connection::event found, clock::time_point now);
  void forget(visitors::iterator who);

  server_limits limits_;
  listening_port port_;
  server_events tell_;
  log::repeated_lines trouble_;
  std::shared_ptr<exchange_queue> queue_;

  // -- the server's thread
  visitors visitors_;
  std::uint64_t admitted_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::size_t unsent_ = 0;            ///< bytes of responses in `visitors_`
  clock::time_point accept_again_{};  ///< descriptors ran out: leave clients waiting

  // -- all threads
  std::mutex mutex_;
  bool is_ending_ = false;
  std::shared_ptr<const net::tls_server> tls_;

  std::thread thread_;
};

}  // namespace sluice::web
