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

gate::gate(std::vector<listening_socket> sockets, std::vector<tcp_door> doors, gate_events events,
           gate_limits limits)
    : sockets_(std::move(sockets)),
      doors_(std::move(doors)),
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
    if (closing) {
      sockets_.clear();
      doors_.clear();
      arrivals_.clear();
    }
    auto now = clock::now();
    if (closing && (visitors_.empty() || now.time_since_epoch().count() >= hang_up_at_)) break;

    polled.clear();
    const auto watch = [&](int fd, short events) {
      polled.push_back({events == 0 ? -1 : fd, events, 0});
    };
    watch(wake_.get(), closing ? 0 : POLLIN);
    const bool accepting = now >= accept_again_;
    for (const auto& socket : sockets_) watch(socket.fd(), accepting ? POLLIN : 0);
    for (const auto& door : doors_) watch(door.socket.fd(), accepting ? POLLIN : 0);
    for (const auto& a : arrivals_) watch(a.channel->fd(), a.channel->events(true, true));
    for (const auto& v : visitors_) {
      watch(v->link.outside(), v->link.outside_events());
      watch(v->link.inside(), v->link.inside_events());
    }
    ::poll(polled.data(), polled.size(), wait_time(now));

    now = clock::now();
    // Those who are served already go first: a crowd at the door must not delay them.
    serve(now);
    go_on_with_handshakes(now);
    if (accepting) {
      auto polled_door = polled.begin() + 1;
      for (std::size_t i = 0; i < sockets_.size(); ++i, ++polled_door)
        if (polled_door->revents != 0)
          accept_from(sockets_[i].fd(), [this](unique_fd fd) { admit_local(std::move(fd)); });
      for (std::size_t i = 0; i < doors_.size(); ++i, ++polled_door)
        if (polled_door->revents != 0)
          accept_from(doors_[i].socket.fd(), [this, i](unique_fd fd) {
            if (doors_[i].context)
              begin_handshake(std::move(fd), *doors_[i].context);
            else
              admit_bare(std::move(fd));
          });
    }
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
  for (const auto& v : visitors_) {
    if (v->link.ready()) return 0;
    until = std::min(until, v->link.deadline());
  }
  for (const auto& a : arrivals_) until = std::min(until, a.deadline);
  if (until == clock::time_point::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void gate::serve(clock::time_point now) {
  const auto before = visitors_.size();
  std::erase_if(visitors_, [&](const auto& v) {
    if (v->link.move(now)) return false;
    if (!v->link.complaint().empty()) refuse(v->who, v->link.complaint());
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

void gate::accept_from(int fd, const std::function<void(unique_fd)>& take) {
  // A bounded number at a time, so that nobody who is being served waits for a crowd.
  for (int i = 0; i < 16; ++i) {
    unique_fd knocking{::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (knocking) {
      take(std::move(knocking));
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

void gate::admit_local(unique_fd knocking) {
  std::string who = "a process";
  try {
    const auto local = peer_of(knocking.get());
    who = local.text();
    if (!is_welcome(local)) return refuse(who, "is another user's");
    let_in(std::make_unique<plain_channel>(std::move(knocking)), who,
           {party_kind::op, std::to_string(local.uid)});
  } catch (const std::exception& e) {
    refuse(who, e.what());
  }
}

void gate::admit_bare(unique_fd knocking) {
  const auto from = remote_address(knocking.get());
  try {
    send_at_once(knocking.get());
    let_in(std::make_unique<plain_channel>(std::move(knocking)), from, {party_kind::op, from});
  } catch (const std::exception& e) {
    refuse(from, e.what());
  }
}

void gate::begin_handshake(unique_fd knocking, const tls_context& context) {
  auto from = remote_address(knocking.get());
  try {
    send_at_once(knocking.get());
    if (arrivals_.size() >= limits_.handshakes) {
      refuse(arrivals_.front().from, "did not introduce itself, and others wait");
      arrivals_.erase(arrivals_.begin());
    }
    arrivals_.push_back(
        {context.accept(std::move(knocking)), from, clock::now() + limits_.each.handshake});
  } catch (const std::exception& e) {
    refuse(from, e.what());
  }
}

void gate::go_on_with_handshakes(clock::time_point now) {
  std::erase_if(arrivals_, [&](arrival& a) {
    switch (a.channel->shake_hands()) {
      case moved::would_block:
        if (now < a.deadline) return false;
        refuse(a.from, "did not introduce itself in time");
        return true;
      case moved::closed:
        refuse(a.from, a.channel->complaint());
        return true;
      case moved::some:
        break;
    }
    const auto as = a.channel->peer();
    const auto who = as.text() + " at " + a.from;
    try {
      let_in(std::move(a.channel), who, as);
    } catch (const std::exception& e) {
      refuse(who, e.what());
    }
    return true;
  });
}

void gate::let_in(std::unique_ptr<channel> outside, std::string who, const party& as) {
  if (visitors_.size() >= limits_.connections)
    return refuse(
        who, "is one too many: " + std::to_string(visitors_.size()) + " clients are connected");
  auto inside = make_inner_socket();
  const int way = inside.ours.get();
  auto how = events_.admit(std::move(inside.for_caf), as, way);
  if (!how) return;
  auto frames = limits_.each.frames;
  if (as.kind == party_kind::node) frames.message = limits_.node_message;
  visitors_.push_back(std::make_unique<visitor>(
      visitor{relay{std::move(outside), std::move(inside.ours), limits_.each,
                    frame_guard{frames, std::move(how->receivers)}, clock::now()},
              std::move(who), std::move(how->until_gone)}));
  clients_ = visitors_.size();
}

void gate::refuse(const std::string& who, const std::string& why) {
  events_.refused("client turned away: " + who + ": " + why);
}

}  // namespace sluice::net
