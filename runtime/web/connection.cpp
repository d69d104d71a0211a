#include "runtime/web/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "runtime/net/crowd.hpp"
#include "runtime/net/tcp_socket.hpp"
#include "runtime/web/response_text.hpp"

namespace sluice::web {
namespace {

using namespace std::chrono_literals;

/// How long a client has to hang up after its last response. Bytes that it still sends renew this.
constexpr auto farewell = 1s;
/// As much as TLS hands out at a time.
constexpr std::size_t most_read = std::size_t{16} << 10;
/// The first byte of a TLS client (RFC 8446, section 5.1: a record with a handshake in it).
constexpr char tls_greeting = 0x16;
/// Up to this size head and body of a response are one piece for the kernel.
constexpr std::size_t small_body = std::size_t{16} << 10;

}  // namespace

connection::connection(os::unique_fd fd, std::shared_ptr<const net::tls_server> tls,
                       const connection_limits& limits, clock::time_point now)
    : limits_(limits),
      tls_(std::move(tls)),
      fd_(std::move(fd)),
      neighbourhood_(net::neighbourhood(fd_.get())),
      stage_(tls_ ? stage::shaking : stage::asking),
      deadline_(now + limits.asking),
      reader_(limits.head, limits.body) {
  net::send_at_once(fd_.get());
  if (!tls_) channel_ = std::make_unique<net::plain_channel>(std::move(fd_));
}

short connection::events() const {
  switch (stage_) {
    case stage::shaking:
      return stream_ != nullptr ? stream_->events(true, false) : POLLIN;
    case stage::asking:
      return channel_->events(true, outbox_.size() > 0);
    case stage::answering:
      return is_hung_up_ ? short{0} : short{POLLRDHUP};
    case stage::taking:
      return channel_->events(false, true);
    case stage::streaming:
      return static_cast<short>(POLLRDHUP |
                                (outbox_.size() > 0 ? channel_->events(false, true) : 0));
    case stage::leaving:
      break;
  }
  return POLLIN;
}

bool connection::holds_bytes() const { return stage_ == stage::asking && channel_->holds_bytes(); }

std::string connection::complaint() const {
  return stage_ == stage::shaking && stream_ != nullptr ? stream_->complaint() : std::string{};
}

bool connection::notice_hang_up() {
  pollfd asked{fd(), POLLRDHUP, 0};
  if (::poll(&asked, 1, 0) > 0) is_hung_up_ = true;
  return is_hung_up_;
}

connection::event connection::serve(short found, clock::time_point now) {
  switch (stage_) {
    case stage::shaking:
      return shake_hands(now);
    case stage::asking:
      return hear(now);
    case stage::answering:
      // With the other direction open the client may still take its response.
      is_hung_up_ = true;
      return (found & (POLLERR | POLLHUP)) != 0 ? event::over : event::none;
    case stage::streaming:
      if ((found & (POLLERR | POLLHUP | POLLRDHUP)) != 0) return event::over;
      return tell(now);
    case stage::taking:
      return tell(now);
    case stage::leaving:
      break;
  }
  return drain(now);
}

// -- asking ---------------------------------------------------------------------------------------

connection::event connection::shake_hands(clock::time_point now) {
  if (!channel_) {
    char first = 0;
    const auto n = ::recv(fd_.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n == 0) return event::over;
    if (n < 0) return event::none;
    if (first != tls_greeting) {
      channel_ = std::make_unique<net::plain_channel>(std::move(fd_));
      return event::refused;
    }
    auto made = tls_->accept(std::move(fd_));
    stream_ = made.get();
    channel_ = std::move(made);
  }
  switch (stream_->shake_hands()) {
    case net::moved::would_block:
      return event::none;
    case net::moved::closed:
      return event::over;
    case net::moved::some:
      break;
  }
  stage_ = stage::asking;
  deadline_ = now + limits_.asking;
  return hear(now);
}

connection::event connection::hear(clock::time_point now) {
  if (outbox_.size() > 0 && outbox_.send(*channel_) == net::moved::closed) return event::over;
  std::array<char, most_read> bytes;
  std::size_t n = 0;
  switch (channel_->read(bytes, n)) {
    case net::moved::closed:
      return event::over;
    case net::moved::would_block:
      return event::none;
    case net::moved::some:
      break;
  }
  reader_.add({bytes.data(), n});
  return look_at_request(now);
}

connection::event connection::look_at_request(clock::time_point now) {
  if (!has_begun_ && reader_.has_begun()) {
    has_begun_ = true;
    deadline_ = now + limits_.asking;
  }
  switch (reader_.read()) {
    case request_reader::state::whole:
      stage_ = stage::answering;
      deadline_ = never;
      return event::asked;
    case request_reader::state::refused:
      return event::refused;
    case request_reader::state::more:
      break;
  }
  if (reader_.wants_go_ahead()) {
    outbox_.add("HTTP/1.1 100 Continue\r\n\r\n");
    if (outbox_.send(*channel_) == net::moved::closed) return event::over;
  }
  return event::none;
}

request connection::take_request() {
  auto head = reader_.take();
  is_http_1_0_ = head.is_http_1_0;
  is_head_ = head.asked.method == "HEAD";
  closes_ = head.closes || limits_.idle == 0ms;
  auto& asked = head.asked;
  asked.encrypted = stream_ != nullptr;
  asked.peer = net::remote_address(fd());
  asked.peer.resize(std::min(asked.peer.rfind(':'), asked.peer.size()));
  if (asked.peer.starts_with('[')) asked.peer = asked.peer.substr(1, asked.peer.size() - 2);
  return std::move(asked);
}

connection::refused_request connection::take_refused() {
  closes_ = true;
  if (stage_ == stage::shaking) {
    stage_ = stage::answering;
    return {{400, "this port speaks HTTPS alone"}, {}};
  }
  stage_ = stage::answering;
  is_head_ = reader_.method() == "HEAD";
  return {reader_.why(), std::string(reader_.target())};
}

// -- telling --------------------------------------------------------------------------------------

connection::event connection::respond(response r, clock::time_point now) {
  response_form form;
  form.closes = closes_;
  form.now = std::time(nullptr);
  auto head = head_of(r, form);
  if (is_head_ || !may_have_body(r.status)) r.body.clear();
  if (r.body.size() <= small_body) {
    outbox_.add(head + r.body);
  } else {
    outbox_.add(std::move(head));
    outbox_.add(std::move(r.body));
  }
  stage_ = stage::taking;
  is_last_ = true;
  deadline_ = now + limits_.taking;
  owed_ = outbox_.size();
  return tell(now);
}

connection::event connection::open_stream(const response& head, clock::time_point now) {
  response_form form;
  form.end = is_http_1_0_ ? response_form::body_end::close : response_form::body_end::chunks;
  form.closes = closes_ = true;
  form.now = std::time(nullptr);
  outbox_.add(head_of(head, form));
  stage_ = stage::streaming;
  is_last_ = is_head_;
  deadline_ = now + limits_.taking;
  return tell(now);
}

connection::event connection::add(const std::string& bytes, bool is_last, clock::time_point now) {
  if (outbox_.size() == 0) deadline_ = now + limits_.taking;
  if (!bytes.empty()) outbox_.add(is_http_1_0_ ? bytes : chunk_of(bytes));
  if (is_last && !is_http_1_0_) outbox_.add(std::string(last_chunk));
  is_last_ = is_last;
  return tell(now);
}

connection::event connection::tell(clock::time_point now) {
  const auto before = outbox_.size();
  const auto sent = outbox_.send(*channel_);
  if (sent == net::moved::closed) return event::over;
  const bool goes_on = stage_ == stage::streaming
                           ? outbox_.size() < before
                           : outbox_.size() + connection_limits::least_taken <= owed_;
  if (goes_on) {
    deadline_ = now + limits_.taking;
    owed_ = outbox_.size();
  }
  if (sent == net::moved::would_block) return event::none;
  if (is_last_) return event::told;
  deadline_ = never;
  return event::none;
}

connection::event connection::go_on(clock::time_point now) {
  if (closes_) return leave(now);
  stage_ = stage::asking;
  has_begun_ = false;
  deadline_ = now + limits_.idle;
  return look_at_request(now);
}

// -- leaving --------------------------------------------------------------------------------------

connection::event connection::leave(clock::time_point now) {
  // Closing at once would destroy the response if the client has sent more than was read (RFC 9112,
  // section 9.6).
  if (stream_ != nullptr) stream_->end_sending();
  ::shutdown(fd(), SHUT_WR);
  stage_ = stage::leaving;
  deadline_ = now + farewell;
  leave_until_ = now + std::max<clock::duration>(limits_.asking, farewell);
  return event::none;
}

connection::event connection::drain(clock::time_point now) {
  std::array<char, most_read> bytes;
  const auto n = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return event::over;
  deadline_ = std::min(now + farewell, leave_until_);
  return event::none;
}

}  // namespace sluice::web
