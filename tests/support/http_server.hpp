// An HTTP/1.1 destination inside the test's own process, which answers as the test prescribes and
// keeps a log of requests.
//
//   http_server server;
//   server.enqueue({.status = 503, .headers = {{"Retry-After", "1"}}});   // then 200 and {}
//   std::map<std::string, std::string> content;
//   server.on_applied([&](const http_request& r) { content[r.path()] = r.body; });
//   put(server.url("/rows/1"), "one");
//   REQUIRE(server.wait_for_requests(2, 10s));
//   CHECK_FALSE(server.requests()[0].applied);
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http_message.hpp"
#include "tests/support/http_stream.hpp"

namespace sluice::test {

/// Listens on 127.0.0.1 from its construction on, on a port of its own for as long as it lives; a
/// thread accepts, and each connection has a thread. The destructor drops all connections, ends
/// every wait, and joins all threads.
///
/// Requests are judged one at a time in the order of their arrival, which is the log's: a reply is
/// taken from the queue, else from the handler, else it is the default one; then the request is
/// applied, unless that is to be late, and logged.
///
/// Methods may be called from any thread, also from the handler and the hook, except for the
/// destructor, and except that these two must not wait. Constructors and `listen_again` throw
/// std::system_error if a socket cannot be had; the rest does not throw.
class http_server {
 public:
  using milliseconds = std::chrono::milliseconds;
  using handler = std::function<http_reply(const http_request&)>;
  using applied_hook = std::function<void(const http_request&)>;

  http_server();
  /// Over TLS. Throws std::runtime_error if the files cannot be used.
  explicit http_server(const http_tls& tls);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// http:// or https://; `host` has to resolve to 127.0.0.1.
  [[nodiscard]] std::string url(std::string_view target = "/",
                                std::string_view host = "127.0.0.1") const;

  // -- script ------------------------------------------------------------------------------------

  /// Queues a reply to one more request, or to `times` of them.
  void enqueue(const http_reply& reply, std::size_t times = 1);
  /// Chooses the reply to requests without a queued one. If it throws, the client gets a 500, and
  /// `errors` has the text.
  void handle(handler chooses);
  /// Sets the reply to requests without a queued reply or a handler; by default 200 and {}.
  void otherwise(http_reply reply);
  /// Called for each request that is applied, in order of application, one at a time.
  void on_applied(applied_hook hook);
  /// Releases the held replies to all requests in the log.
  void release();

  // -- log ---------------------------------------------------------------------------------------

  [[nodiscard]] std::vector<http_request> requests() const;
  /// How many have been applied.
  [[nodiscard]] std::size_t applied() const;
  /// Waits until there were so many in all. False if the time is over.
  [[nodiscard]] bool wait_for_requests(std::size_t count, milliseconds limit) const;
  [[nodiscard]] bool wait_for_applied(std::size_t count, milliseconds limit) const;
  /// Faults of clients (failed handshakes, requests that are malformed or cut short), and
  /// exceptions of the handler and the hook.
  [[nodiscard]] std::vector<std::string> errors() const;
  /// Waits until there were so many in all. False if the time is over.
  [[nodiscard]] bool wait_for_errors(std::size_t count, milliseconds limit) const;

  // -- connections -------------------------------------------------------------------------------

  /// How many have been accepted.
  [[nodiscard]] std::size_t connections() const;
  /// Waits until no connection is open (the connection of a held reply is). False if the time is
  /// over.
  [[nodiscard]] bool wait_until_disconnected(milliseconds limit) const;
  /// Ends all connections.
  void drop_connections();
  /// Connects are refused from now on. Connections that were accepted stay.
  void stop_listening();
  /// On the same port. Nothing happens if it listens.
  void listen_again();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::test
