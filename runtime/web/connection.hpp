// One client's connection to an HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/net/tls_server.hpp"
#include "runtime/web/outbox.hpp"
#include "runtime/web/pending_exchange.hpp"
#include "runtime/web/request_reader.hpp"

namespace sluice::web {

/// What a client has to keep to.
struct connection_limits {
  std::size_t head = std::size_t{16} << 10;  ///< bytes of a request's line and header fields
  std::size_t body = std::size_t{64} << 10;  ///< bytes of a request's body
  /// From the first byte to the last of a request; from the connect, for the first request; for the
  /// TLS handshake.
  std::chrono::milliseconds asking = std::chrono::seconds(5);
  /// To take the next `least_taken` of a response, or what is left of it; to take anything of what
  /// a stream holds.
  std::chrono::milliseconds taking = std::chrono::seconds(10);
  /// Between two requests; 0: a connection serves one request.
  std::chrono::milliseconds idle = std::chrono::seconds(60);

  /// A response may be as large as it wants and its client's road as narrow as a modem's, but
  /// whoever reads a byte now and then does not keep a connection.
  static constexpr std::size_t least_taken = std::size_t{64} << 10;
};

/// Moves bytes, without ever waiting. Belongs to the poll loop of its server.
///
///   shaking ──TLS──► asking ──whole request──► answering ──response──► taking ──all sent──► asking
///                                                  └──head of a stream──► streaming          or
///                                                                             └──all sent──►
///                                                                             leaving
///
/// Whenever the client is too slow, or hangs up, the connection is over.
class connection {
 public:
  using clock = std::chrono::steady_clock;
  enum class stage : std::uint8_t { shaking, asking, answering, taking, streaming, leaving };
  static constexpr auto never = clock::time_point::max();
  /// What came of moving bytes.
  enum class event : std::uint8_t {
    none,
    asked,    ///< a request is whole: `take_request`
    refused,  ///< what came is no request: `why_refused`, and a last response for it
    told,     ///< the response is sent: `go_on`
    over,     ///< the client is gone, or has to go
  };

  /// `tls`: null for a connection in the clear. `fd` is non-blocking.
  connection(os::unique_fd fd, std::shared_ptr<const net::tls_server> tls,
             const connection_limits& limits, clock::time_point now);

  [[nodiscard]] stage progress() const { return stage_; }
  [[nodiscard]] int fd() const { return channel_ ? channel_->fd() : fd_.get(); }
  /// What to poll for.
  [[nodiscard]] short events() const;
  /// `serve` has something to do although poll sees nothing.
  [[nodiscard]] bool holds_bytes() const;
  /// When the client is too slow; or `never`.
  [[nodiscard]] clock::time_point deadline() const { return deadline_; }
  [[nodiscard]] std::uint64_t neighbourhood() const { return neighbourhood_; }
  /// Why the TLS handshake failed, for people; empty if it did not.
  [[nodiscard]] std::string complaint() const;

  /// Moves what can be moved. `found`: of poll.
  event serve(short found, clock::time_point now);

  /// REQUIRES: the last event was `asked`. The stage is `answering` from then on.
  [[nodiscard]] request take_request();
  /// REQUIRES: the last event was `refused`. No more is read from then on.
  struct refused_request {
    refusal why;
    std::string target;  ///< as far as it is known
  };
  [[nodiscard]] refused_request take_refused();

  /// Sends a response. REQUIRES: `answering`.
  event respond(response r, clock::time_point now);
  /// Sends the head of a stream, then what is added to it. REQUIRES: `answering`, or `streaming`.
  event open_stream(const response& head, clock::time_point now);
  event add(const std::string& bytes, bool is_last, clock::time_point now);
  /// Bytes that the client has not taken.
  [[nodiscard]] std::size_t unsent() const { return outbox_.size(); }
  /// Begins with the next request, which may be there already, or says goodbye. REQUIRES: the last
  /// event was `told`.
  event go_on(clock::time_point now);

  /// Whether the client has closed its end: it takes a response at most.
  [[nodiscard]] bool is_hung_up() const { return is_hung_up_; }
  /// Asks the kernel once more: the client may have closed its end since the last poll.
  bool notice_hang_up();

  /// The exchange that is not over, if there is one. Of the server.
  std::shared_ptr<pending_exchange> pending;

 private:
  event shake_hands(clock::time_point now);
  event hear(clock::time_point now);
  event look_at_request(clock::time_point now);
  event tell(clock::time_point now);
  event drain(clock::time_point now);
  event leave(clock::time_point now);

  const connection_limits& limits_;
  std::shared_ptr<const net::tls_server> tls_;
  os::unique_fd fd_;  ///< until there is a channel
  std::unique_ptr<net::channel> channel_;
  net::tls_stream* stream_ = nullptr;  ///< the channel, if it is one
  std::uint64_t neighbourhood_;
  stage stage_;
  clock::time_point deadline_;
  clock::time_point leave_until_{};
  request_reader reader_;
  outbox outbox_;
  bool has_begun_ = true;  ///< the deadline is that of a request
  bool is_hung_up_ = false;
  // -- of the present request
  bool is_http_1_0_ = false;
  bool is_head_ = false;  ///< its response has no body
  bool closes_ = true;
  bool is_last_ = true;   ///< the outbox has all of the response
  std::size_t owed_ = 0;  ///< bytes that the client had not taken when `deadline_` was set
};

}  // namespace sluice::web
