#include "runtime/web/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "runtime/net/crowd.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::web {
namespace {

using namespace std::chrono_literals;

/// How long clients wait when descriptors have run out.
constexpr auto accept_pause = 100ms;
/// Responses up to this size are never refused: even one per client takes little memory.
constexpr std::size_t small_response = 4096;
/// TLS handshakes that go on in one round; each computes for about a millisecond.
constexpr int handshakes_at_a_time = 4;

}  // namespace

server::server(listening_port port, std::shared_ptr<const net::tls_server> tls, server_events tell,
               server_limits limits)
    : limits_(limits),
      port_(std::move(port)),
      tell_(std::move(tell)),
      trouble_(tell_.trouble),
      queue_(std::make_shared<exchange_queue>(limits_.stream)),
      tls_(std::move(tls)),
      thread_([this] { run(); }) {}

server::~server() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  queue_->wake();
  thread_.join();
  queue_->close();
}

void server::use(std::shared_ptr<const net::tls_server> tls) {
  const std::lock_guard lock(mutex_);
  tls_ = std::move(tls);
}

// -- the loop -------------------------------------------------------------------------------------

void server::run() {
  std::vector<pollfd> polled;
  for (;;) {
    auto now = clock::now();
    const bool accepting = now >= accept_again_;
    polled.clear();
    polled.push_back({queue_->fd(), POLLIN, 0});
    polled.push_back({accepting ? port_.fd() : -1, POLLIN, 0});
    for (const auto& [number, v] : visitors_) polled.push_back({v.line.fd(), v.line.events(), 0});
    ::poll(polled.data(), polled.size(), wait_time(now));

    now = clock::now();
    trouble_.sum_up(now);
    serve_all(std::span(polled).subspan(2), now);
    if (polled[0].revents != 0) {
      take_answers(now);
      const std::lock_guard lock(mutex_);
      if (is_ending_) break;
    }
    if (polled[1].revents != 0) accept_all(now);
  }
  while (!visitors_.empty()) forget(visitors_.begin());
}

int server::wait_time(clock::time_point now) const {
  auto until = std::min(accept_again_ > now ? accept_again_ : connection::never, trouble_.due());
  for (const auto& [number, v] : visitors_)
    until = v.line.holds_bytes() ? now : std::min(until, v.line.deadline());
  if (until == connection::never) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now);
  return static_cast<int>(std::max(wait, 0ms).count());
}

void server::serve_all(std::span<const pollfd> polled, clock::time_point now) {
  int handshakes = 0;
  auto p = polled.begin();
  for (auto each = visitors_.begin(); each != visitors_.end(); ++p) {
    const auto current = each++;
    auto& line = current->second.line;
    if (now >= line.deadline()) {
      forget(current);
      continue;
    }
    if (p->revents == 0 && !line.holds_bytes()) continue;
    // Those who came first are done first.
    if (line.progress() == stage::shaking && ++handshakes > handshakes_at_a_time) continue;
    settle(current, serve(line, p->revents, now), now);
  }
}

connection::event server::serve(connection& line, short found, clock::time_point now) {
  try {
    return line.serve(found, now);
  } catch (const std::exception& e) {  // no memory for it
    trouble_.say(
        {.kind = "serve", .text = std::string("an HTTP client is hung up on: ") + e.what()}, now);
    return connection::event::over;
  }
}

// -- clients --------------------------------------------------------------------------------------

void server::accept_all(clock::time_point now) {
  // A bounded number at a time, so that no client that is being served waits for a crowd.
  for (int i = 0; i < 64; ++i) {
    os::unique_fd fd{::accept4(port_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (fd) {
      admit(std::move(fd), now);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The client stays in the queue, and poll would report it again at once.
      accept_again_ = now + accept_pause;
      trouble_.say({.kind = "accept", .text = "cannot accept an HTTP client: " + os::reason(errno)},
                   now);
      return;
    } else if (errno == EAGAIN) {
      return;
    }
    // Any other error concerns a single client that is gone already: accept(2).
  }
}

void server::admit(os::unique_fd fd, clock::time_point now) {
  if (visitors_.size() >= limits_.connections) {
    const auto asks = [](stage s) { return s == stage::shaking || s == stage::asking; };
    const auto is_served = [](stage s) { return s == stage::taking || s == stage::leaving; };
    if (!make_room(asks) && !make_room(is_served)) return;
  }
  const std::lock_guard lock(mutex_);
  visitors_.try_emplace(++admitted_, connection(std::move(fd), tls_, limits_.each, now));
}

template <class Filter>
bool server::make_room(const Filter& may_go) {
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint64_t> neighbourhoods;
  for (const auto& [number, v] : visitors_) {
    if (!may_go(v.line.progress())) continue;
    numbers.push_back(number);
    neighbourhoods.push_back(v.line.neighbourhood());
  }
  if (numbers.empty()) return false;
  forget(visitors_.find(numbers[net::one_too_many(neighbourhoods, random_)]));
  return true;
}

void server::forget(visitors::iterator who) {
  auto& v = who->second;
  unsent_ -= v.charged;
  if (v.line.pending) v.line.pending->abandon();
  visitors_.erase(who);
}

void server::settle(visitors::iterator who, connection::event found, clock::time_point now) {
  auto& v = who->second;
  using enum connection::event;
  while (found != none) {
    switch (found) {
      case asked:
        ask(*who);
        return;
      case refused: {
        const auto what = v.line.take_refused();
        found = refuse(v, what.why.status, what.why.text, what.target, now);
        break;
      }
      case told:
        unsent_ -= std::exchange(v.charged, 0);
        if (v.line.pending) {
          v.line.pending->end(v.is_replaced ? parting::lost : parting::answered);
          v.line.pending->abandon();
          v.line.pending.reset();
        }
        found = v.line.go_on(now);
        break;
      case over:
        if (const auto why = v.line.complaint(); !why.empty())
          trouble_.say(
              {.kind = "handshake", .text = "a TLS handshake with an HTTP client failed: " + why},
              now);
        forget(who);
        return;
      case none:
        break;
    }
  }
  const auto& line = v.line;
  if (!line.pending) return;
  if (line.is_hung_up()) line.pending->end(parting::lost);
  if (line.progress() == stage::streaming) line.pending->holds(line.unsent());
}

// -- answers --------------------------------------------------------------------------------------

void server::ask(visitors::value_type& from) {
  auto& line = from.second.line;
  line.pending = std::make_shared<pending_exchange>(queue_, line.take_request(), from.first);
  if (line.is_hung_up()) line.pending->end(parting::lost);
  try {
    tell_.asked(line.pending->hand_out());
  } catch (const std::exception& e) {
    trouble_.say({.kind = "asked", .text = std::string("an HTTP request failed: ") + e.what()},
                 clock::now());
  }
}

void server::take_answers(clock::time_point now) {
  for (const auto& stirred : queue_->take()) {
    const auto to = visitors_.find(stirred->connection());
    if (to != visitors_.end() && to->second.line.pending == stirred) take_answer(to, now);
  }
}

void server::take_answer(visitors::iterator to, clock::time_point now) {
  auto& v = to->second;
  auto& line = v.line;
  auto news = line.pending->take();
  if (news.is_cut) return forget(to);
  if (news.answer && line.notice_hang_up()) line.pending->end(parting::lost);
  auto found = connection::event::none;
  if (news.is_dropped)
    found = refuse(v, 500, "this failed", line.pending->asked().target, now);
  else if (news.answer && news.streams)
    found = open_stream(v, *news.answer, now);
  else if (news.answer)
    found = respond(v, *std::move(news.answer), now);
  if (found == connection::event::none && line.progress() == stage::streaming)
    found = line.add(news.bytes, news.is_closed, now);
  settle(to, found, now);
}

connection::event server::respond(visitor& to, response r, clock::time_point now) {
  const auto size = r.body.size();
  const std::string target = to.line.pending ? to.line.pending->asked().target : "";
  to.is_replaced = size > small_response && unsent_ > 0 && unsent_ + size > limits_.unsent;
  if (to.is_replaced)
    r = tell_.refuse(503, "too many responses are on their way; ask again later", target);
  auto found = connection::event::none;
  try {
    found = to.line.respond(std::move(r), now);
  } catch (const std::exception& e) {  // it cannot be sent as HTTP
    trouble_.say({.kind = "respond", .text = e.what()}, now);
    to.is_replaced = true;
    found = to.line.respond(plain_refusal(500, "this failed", target), now);
  }
  to.charged = to.line.unsent();
  unsent_ += to.charged;
  return found;
}

connection::event server::open_stream(visitor& to, const response& head, clock::time_point now) {
  try {
    return to.line.open_stream(head, now);
  } catch (const std::exception& e) {  // as above
    trouble_.say({.kind = "respond", .text = e.what()}, now);
    return connection::event::over;
  }
}

connection::event server::refuse(visitor& to, int status, const std::string& text,
                                 std::string_view target, clock::time_point now) {
  return respond(to, tell_.refuse(status, text, target), now);
}

}  // namespace sluice::web
