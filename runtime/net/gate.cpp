#include "runtime/net/gate.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "messages/error.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 1s;
/// How long to leave clients waiting when descriptors have run out.
constexpr auto accept_pause = 100ms;
constexpr auto open_for_ever = std::numeric_limits<relay::clock::rep>::max();

}  // namespace

gate::gate(std::vector<listening_socket> sockets, gate_events events, gate_limits limits)
    : sockets_(std::move(sockets)),
      events_(std::move(events)),
      limits_(limits),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      hang_up_at_(open_for_ever) {
  if (!wake_)
    throw failure(errc::internal, "open gate", {}, std::generic_category().message(errno));
  thread_ = std::thread{[this] { run(); }};
}

gate::~gate() { close(0ms); }

void gate::close(std::chrono::milliseconds grace) {
  if (!thread_.joinable()) return;
  hang_up_at_ = (clock::now() + grace).time_since_epoch().count();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void gate::run() {
  std::vector<pollfd> polled;
  for (;;) {
    const bool closing = hang_up_at_ != open_for_ever;
    if (closing) sockets_.clear();
    auto now = clock::now();
    if (closing && (visitors_.empty() || now.time_since_epoch().count() >= hang_up_at_)) break;

    polled.clear();
    const auto watch = [&](int fd, short events) {
      polled.push_back({events == 0 ? -1 : fd, events, 0});
    };
    watch(wake_.get(), closing ? 0 : POLLIN);
    const bool accepting = now >= accept_again_;
    for (const auto& socket : sockets_) watch(socket.fd(), accepting ? POLLIN : 0);
    for (const auto& v : visitors_) {
      watch(v.link.outside(), v.link.outside_events());
      watch(v.link.inside(), v.link.inside_events());
    }
    ::poll(polled.data(), polled.size(), wait_time(now));

    now = clock::now();
    // Those who are served already go first: a crowd at the door must not delay them.
    serve(now);
    if (accepting)
      for (std::size_t i = 0; i < sockets_.size(); ++i)
        if (polled[1 + i].revents != 0) accept_from(sockets_[i]);
    if (!closing) tick_if_due(now);
  }
  visitors_.clear();
  clients_ = 0;
}

int gate::wait_time(clock::time_point now) const {
  auto until = next_tick_.value_or(clock::time_point::max());
  if (accept_again_ > now) until = std::min(until, accept_again_);
  if (const auto at = hang_up_at_.load(); at != open_for_ever)
    until = std::min(until, clock::time_point{clock::duration{at}});
  for (const auto& v : visitors_) until = std::min(until, v.link.deadline());
  if (until == clock::time_point::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void gate::serve(clock::time_point now) {
  const auto before = visitors_.size();
  std::erase_if(visitors_, [&](visitor& v) {
    if (v.link.move(now)) return false;
    if (!v.link.complaint().empty()) refuse(v.who, v.link.complaint());
    return true;
  });
  clients_ = visitors_.size();
  if (visitors_.size() < before && !next_tick_) next_tick_ = now + tick_interval;
}

void gate::tick_if_due(clock::time_point now) {
  if (!next_tick_) {
    if (!visitors_.empty()) next_tick_ = now + tick_interval;
    return;
  }
  if (now < *next_tick_) return;
  events_.tick();
  next_tick_.reset();
}

void gate::accept_from(const listening_socket& socket) {
  // A bounded number at a time, so that nobody who is being served waits for a crowd.
  for (int i = 0; i < 16; ++i) {
    unique_fd knocking{::accept4(socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (knocking) {
      admit(std::move(knocking));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) {
      // Out of descriptors or memory: the client stays in the queue, and poll would report it
      // again at once.
      accept_again_ = clock::now() + accept_pause;
      events_.refused("cannot accept a client: " + std::generic_category().message(errno));
    }
    return;
  }
}

void gate::admit(unique_fd knocking) {
  peer who;
  try {
    who = peer_of(knocking.get());
    if (!is_welcome(who)) return refuse(who, "is another user's");
    if (visitors_.size() >= limits_.connections)
      return refuse(
          who, "is one too many: " + std::to_string(visitors_.size()) + " clients are connected");
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
      return refuse(who, std::generic_category().message(errno));
    unique_fd ours{ends[0]};
    unique_fd for_caf{ends[1]};
    events_.admit(std::move(for_caf));
    visitors_.push_back(
        {relay{std::move(knocking), std::move(ours), limits_.each, clock::now()}, who});
    clients_ = visitors_.size();
  } catch (const std::exception& e) {
    refuse(who, e.what());
  }
}

void gate::refuse(const peer& who, const std::string& why) {
  events_.refused("client turned away: " + who.text() + ": " + why);
}

}  // namespace sluice::net
