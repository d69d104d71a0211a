#include "tests/support/http_server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/os/unique_fd.hpp"
#include "tests/support/http_answer.hpp"
#include "tests/support/http_listener.hpp"

namespace sluice::test {
namespace {

using os::unique_fd;
using milliseconds = std::chrono::milliseconds;

struct connection {
  connection(std::uint64_t n, os::unique_fd fd, SSL_CTX* tls)
      : number(n), stream(std::move(fd), tls) {}
  std::uint64_t number;
  http_stream stream;
  bool over = false;  ///< the thread has nothing left to do
  std::thread thread;
};

/// The judgement on a request.
struct verdict {
  http_reply reply;
  std::uint64_t number = 0;
  std::uint64_t releases = 0;  ///< how often `release` had been called
};

}  // namespace

struct http_server::state {
  tls_context tls;
  os::unique_fd reserved = bind_to_port(0);  ///< keeps the port between listeners
  std::uint16_t port = port_of(reserved);

  /// Held while a request is judged and applied; taken before `mutex`, and never with it held.
  std::mutex judging;
  mutable std::mutex mutex;  ///< of all that follows
  mutable std::condition_variable changed;
  bool stopping = false;

  std::deque<http_reply> queue;
  handler chooses;
  http_reply by_default;
  applied_hook hook;
  std::uint64_t releases = 0;

  std::vector<http_request> log;
  std::size_t applied = 0;
  std::vector<std::string> errors;

  std::size_t accepted = 0;
  std::list<connection> connections;

  std::mutex listening;  ///< of the listener, whose end waits for its thread
  std::unique_ptr<http_listener> accepts;

  void listen() {
    const std::lock_guard lock(listening);
    if (!accepts)
      accepts =
          std::make_unique<http_listener>(port, [this](os::unique_fd fd) { serve(std::move(fd)); });
  }

  void stop_listening() {
    const std::lock_guard lock(listening);
    accepts.reset();
  }

  bool wait_for(milliseconds limit, const std::function<bool()>& happened) const {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, happened);
  }

  void note_error(std::uint64_t connection_number, std::string_view what) {
    const std::lock_guard lock(mutex);
    errors.push_back(fmt::format("connection {}: {}", connection_number, what));
    changed.notify_all();
  }

  // -- judging requests ----------------------------------------------------------------------

  /// Runs the test's code. False if it threw, which is noted.
  bool guarded(const http_request& request, const std::function<void()>& code) {
    std::string what = "an exception";
    try {
      code();
      return true;
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {  // a failed REQUIRE is no std::exception
    }
    note_error(request.connection, what);
    return false;
  }

  http_reply choose(const http_request& request) {
    std::unique_lock lock(mutex);
    if (!queue.empty()) {
      auto reply = std::move(queue.front());
      queue.pop_front();
      return reply;
    }
    if (!chooses) return by_default;
    const auto called = chooses;
    lock.unlock();
    http_reply reply;
    if (guarded(request, [&] { reply = called(request); })) return reply;
    return {.status = 500, .body = "the handler failed"};
  }

  /// REQUIRES: `judging` is held.
  void call_hook(http_request& request) {
    request.applied = true;
    std::unique_lock lock(mutex);
    const auto called = hook;
    lock.unlock();
    if (called) guarded(request, [&] { called(request); });
  }

  verdict judge(http_request request) {
    const std::lock_guard one_at_a_time(judging);
    {
      const std::lock_guard lock(mutex);
      request.number = log.size() + 1;
    }
    verdict result{choose(request), request.number};
    if (applies(result.reply) && !result.reply.apply_late) call_hook(request);
    const std::lock_guard lock(mutex);
    if (request.applied) ++applied;
    log.push_back(std::move(request));
    result.releases = releases;
    changed.notify_all();
    return result;
  }

  void apply_late(std::uint64_t number) {
    const std::lock_guard one_at_a_time(judging);
    std::unique_lock lock(mutex);
    auto request = log[number - 1];
    lock.unlock();
    call_hook(request);
    lock.lock();
    log[number - 1].applied = true;
    ++applied;
    changed.notify_all();
  }

  // -- connections ---------------------------------------------------------------------------

  /// False if the server stops.
  bool pause(milliseconds time) {
    std::unique_lock lock(mutex);
    return !changed.wait_for(lock, time, [&] { return stopping; });
  }

  /// Waits as long as the reply says. False if the server stops.
  bool wait_to_answer(const verdict& v) {
    if (!pause(v.reply.delay)) return false;
    std::unique_lock lock(mutex);
    if (v.reply.hold) changed.wait(lock, [&] { return stopping || releases != v.releases; });
    return !stopping;
  }

  std::optional<http_request> read_one(connection& on) {
    try {
      return read_request(on.stream);
    } catch (const std::exception& e) {
      note_error(on.number, e.what());
      on.stream.write("HTTP/1.1 400 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return std::nullopt;
    }
  }

  /// False if the connection is over.
  bool answer_one(connection& on) {
    auto request = read_one(on);
    if (!request) return false;
    request->connection = on.number;
    const auto v = judge(*request);
    const auto& reply = v.reply;
    if (!wait_to_answer(v)) return false;
    if (reply.apply_late && applies(reply)) apply_late(v.number);
    if (!send_answer(on.stream, *request, reply, [this](milliseconds t) { return pause(t); }))
      return false;
    if (request->headers.has_word("Connection", "close")) return false;
    switch (reply.afterwards) {
      case http_afterwards::keep:
        return true;
      case http_afterwards::close:
        return false;
      case http_afterwards::close_when_idle:
        return on.stream.wait_readable(reply.idle);
      case http_afterwards::reset_when_reused:
        on.stream.wait_readable(std::nullopt);
        on.stream.reset();
        return false;
    }
    return false;
  }

  void converse(connection& on) {
    // A TLS write to a peer that is gone would end the process; in the clear, it is but an error.
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    try {
      on.stream.handshake();
      while (answer_one(on)) continue;
    } catch (const std::exception& e) {
      note_error(on.number, e.what());
    }
    on.stream.close();
    const std::lock_guard lock(mutex);
    on.over = true;
    changed.notify_all();
  }

  /// Called by the listener's thread.
  void serve(os::unique_fd fd) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::list<connection> over;
    {
      const std::lock_guard lock(mutex);
      for (auto i = connections.begin(); i != connections.end();) {
        const auto next = std::next(i);
        if (i->over) over.splice(over.end(), connections, i);
        i = next;
      }
      auto& made = connections.emplace_back(++accepted, std::move(fd), tls.get());
      made.thread = std::thread{[this, &made] { converse(made); }};
      changed.notify_all();
    }
    for (auto& c : over) c.thread.join();
  }

  void drop_connections() {
    const std::lock_guard lock(mutex);
    for (auto& c : connections) c.stream.interrupt();
  }
};

http_server::http_server() : state_(std::make_unique<state>()) { state_->listen(); }

http_server::http_server(const http_tls& tls) : state_(std::make_unique<state>()) {
  state_->tls = make_tls_context(tls);
  state_->listen();
}

http_server::~http_server() {
  state_->stop_listening();
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  state_->drop_connections();
  for (auto& c : state_->connections) c.thread.join();
}

std::uint16_t http_server::port() const { return state_->port; }

std::string http_server::url(std::string_view target, std::string_view host) const {
  return fmt::format("{}://{}:{}{}", state_->tls ? "https" : "http", host, port(), target);
}

void http_server::enqueue(const http_reply& reply, std::size_t times) {
  const std::lock_guard lock(state_->mutex);
  state_->queue.insert(state_->queue.end(), times, reply);
}

void http_server::handle(handler chooses) {
  const std::lock_guard lock(state_->mutex);
  state_->chooses = std::move(chooses);
}

void http_server::otherwise(http_reply reply) {
  const std::lock_guard lock(state_->mutex);
  state_->by_default = std::move(reply);
}

void http_server::on_applied(applied_hook hook) {
  const std::lock_guard lock(state_->mutex);
  state_->hook = std::move(hook);
}

void http_server::release() {
  const std::lock_guard lock(state_->mutex);
  ++state_->releases;
  state_->changed.notify_all();
}

std::vector<http_request> http_server::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log;
}

std::size_t http_server::applied() const {
  const std::lock_guard lock(state_->mutex);
  return state_->applied;
}

bool http_server::wait_for_requests(std::size_t count, milliseconds limit) const {
  return state_->wait_for(limit, [&] { return state_->log.size() >= count; });
}

bool http_server::wait_for_applied(std::size_t count, milliseconds limit) const {
  return state_->wait_for(limit, [&] { return state_->applied >= count; });
}

std::vector<std::string> http_server::errors() const {
  const std::lock_guard lock(state_->mutex);
  return state_->errors;
}

bool http_server::wait_for_errors(std::size_t count, milliseconds limit) const {
  return state_->wait_for(limit, [&] { return state_->errors.size() >= count; });
}

std::size_t http_server::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->accepted;
}

bool http_server::wait_until_disconnected(milliseconds limit) const {
  return state_->wait_for(limit, [&] {
    return std::all_of(state_->connections.begin(), state_->connections.end(),
                       [](const connection& c) { return c.over; });
  });
}

void http_server::drop_connections() { state_->drop_connections(); }

void http_server::stop_listening() { state_->stop_listening(); }

void http_server::listen_again() { state_->listen(); }

}  // namespace sluice::test
