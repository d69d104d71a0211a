#include "runtime/net/gate.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/crowd.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 1s;
/// How long clients of other machines are served at a time, before the gate looks at all
/// others again.
constexpr auto serving_time = 2ms;
/// How long clients wait when descriptors have run out.
constexpr auto accept_pause = 100ms;
constexpr auto open_for_ever = std::numeric_limits<relay::clock::rep>::max();

place_kind place_of(party_kind kind) {
  switch (kind) {
    case party_kind::node:
      return place_kind::node;
    case party_kind::op:
      return place_kind::operators;
    case party_kind::observer:
      break;
  }
  return place_kind::observers;
}

}  // namespace

gate::gate(std::vector<listening_socket> sockets, std::vector<tcp_door> doors, gate_events events,
           gate_limits limits)
    : sockets_(std::move(sockets)),
      doors_(std::move(doors)),
      events_(std::move(events)),
      limits_(limits),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      complaints_([this](const std::string& line) { events_.refused(line); }, limits.complaints),
      handshakes_({limits.handshakes.silent, limits.handshakes.talking, limits.each.handshake},
                  {[this](std::unique_ptr<tls_channel> channel, const std::string& from) {
                     admit_protected(std::move(channel), from);
                   },
                   [this](const std::string& from, const std::string& why) { refuse(from, why); }}),
      places_(limits.places),
      hang_up_at_(open_for_ever) {
  if (!wake_) throw failure(errc::internal, "open gate", {}, os::reason(errno));
  for (const auto kind : {place_kind::local, place_kind::operators, place_kind::observers})
    requests_.emplace(
        kind,
        request_turns{turns{{.total = limits_.prompt_requests, .share = limits_.prompt_share}},
                      turns{{.total = limits_.lists, .share = limits_.list_share}},
                      turns{{.total = limits_.later_requests, .share = limits_.later_share}}});
  for (const auto& door : doors_)
    if (door.context) door.socket.await_first_words();
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
      handshakes_.clear();
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
    const auto of_handshakes = polled.size();
    handshakes_.watch(polled);
    const auto of_visitors = polled.size();
    for (const auto& v : visitors_) {
      watch(v->link.outside(), v->link.outside_events());
      watch(v->link.inside(), v->link.inside_events());
    }
    ::poll(polled.data(), polled.size(), wait_time(now));

    now = clock::now();
    // Clients that are being served go first: a crowd at the door must not delay them.
    const std::span<const pollfd> seen(polled);
    serve(seen.subspan(of_visitors), now);
    handshakes_.go_on(seen.subspan(of_handshakes, of_visitors - of_handshakes), now);
    complaints_.sum_up(now);
    if (accepting) {
      auto polled_door = polled.begin() + 1;
      for (std::size_t i = 0; i < sockets_.size(); ++i, ++polled_door)
        if (polled_door->revents != 0)
          accept_from(sockets_[i].fd(), [this](os::unique_fd fd) { admit_local(std::move(fd)); });
      for (std::size_t i = 0; i < doors_.size(); ++i, ++polled_door)
        if (polled_door->revents != 0)
          accept_from(doors_[i].socket.fd(), [this, i](os::unique_fd fd) {
            if (doors_[i].context)
              handshakes_.begin(std::move(fd), *doors_[i].context, clock::now());
            else
              admit_bare(std::move(fd));
          });
    }
    if (!closing) tick_if_due(now);
  }
  visitors_.clear();
  clients_ = 0;
  complaints_.sum_up(clock::now() + limits_.complaints);  // all counts that are left
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
  until = std::min({until, handshakes_.deadline(), complaints_.due()});
  if (until == clock::time_point::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void gate::serve(std::span<const pollfd> polled, clock::time_point now) {
  if (visitors_.empty()) return;
  // Clients of this machine are always served; others as long as there is time, the rest after the
  // next poll. Many clients that send at once must not delay a single one.
  const auto count = visitors_.size();
  bool somebody_left = false;
  const auto serve_one = [&](std::size_t i) {
    auto& v = visitors_[i];
    const bool stirred = polled[2 * i].revents != 0 || polled[2 * i + 1].revents != 0;
    if (!stirred && !v->link.ready() && now < v->link.deadline()) return;
    if (v->link.move(now)) return;
    if (!v->link.complaint().empty()) refuse(v->who.text, v->link.complaint());
    v.reset();
    somebody_left = true;
  };
  for (std::size_t i = 0; i < count; ++i)
    if (visitors_[i]->who.kind == place_kind::local) serve_one(i);
  const auto until = clock::now() + serving_time;
  for (std::size_t n = 0; n < count && clock::now() < until; ++n) {
    const auto i = next_served_++ % count;
    if (visitors_[i] && visitors_[i]->who.kind != place_kind::local) serve_one(i);
  }
  if (!somebody_left) return;
  std::erase(visitors_, nullptr);
  clients_ = visitors_.size();
  if (!next_tick_) next_tick_ = now + tick_interval;
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

void gate::accept_from(int fd, const std::function<void(os::unique_fd)>& take) {
  // A bounded number at a time, so that no served client waits for a crowd.
  for (int i = 0; i < 16; ++i) {
    os::unique_fd knocking{::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (knocking) {
      take(std::move(knocking));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) {
      // Out of descriptors or memory: the client stays in the queue, and poll would report it
      // again at once.
      accept_again_ = clock::now() + accept_pause;
      complaints_.say({.kind = "accept", .text = "cannot accept a client: " + os::reason(errno)},
                      clock::now());
    }
    return;
  }
}

void gate::admit_local(os::unique_fd knocking) {
  std::string who = "a process";
  try {
    const auto local = peer_of(knocking.get());
    who = local.text();
    if (!is_welcome(local)) return refuse(who, "is another user's");
    let_in(std::make_unique<plain_channel>(std::move(knocking)),
           {who,
            {party_kind::op, std::to_string(local.uid)},
            place_kind::local,
            std::to_string(local.pid)});
  } catch (const std::exception& e) {
    refuse(who, e.what());
  }
}

void gate::admit_bare(os::unique_fd knocking) {
  const auto from = remote_address(knocking.get());
  try {
    const auto whose = std::to_string(neighbourhood(knocking.get()));
    send_at_once(knocking.get());
    let_in(std::make_unique<plain_channel>(std::move(knocking)),
           {from, {party_kind::op, from}, place_kind::operators, whose});
  } catch (const std::exception& e) {
    refuse(from, e.what());
  }
}

void gate::admit_protected(std::unique_ptr<tls_channel> channel, const std::string& from) {
  const auto as = channel->peer();
  const auto who = as.text() + " at " + from;
  try {
    let_in(std::move(channel), {who, as, place_of(as.kind), as.text()});
  } catch (const std::exception& e) {
    refuse(who, e.what());
  }
}

void gate::let_in(std::unique_ptr<channel> outside, const caller& who) {
  if (const auto why = places_.refusal(who.kind); why && !make_room(who))
    return refuse(who.text, *why);
  auto inside = make_inner_socket();
  const int caf_socket = inside.ours.get();
  auto how = events_.admit(std::move(inside.for_caf), who.as, caf_socket);
  if (!how) return;
  const auto& frames = limits_.each.frames;
  auto guard = how->rules
                   ? frame_guard{frames, std::move(*how->rules), requests_.at(who.kind), who.whose}
                   : frame_guard{frames};
  visitors_.push_back(
      std::make_unique<visitor>(visitor{who, places_.take(who.kind, who.whose),
                                        relay{std::move(outside), std::move(inside.ours),
                                              limits_.each, std::move(guard), clock::now()},
                                        std::move(how->until_gone)}));
  clients_ = visitors_.size();
}

bool gate::make_room(const caller& for_whom) {
  const auto crowd = places_.largest_crowd(for_whom.kind, for_whom.whose);
  if (!crowd) return false;
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < visitors_.size(); ++i) {
    const auto& who = visitors_[i]->who;
    if (who.kind == for_whom.kind && who.whose == *crowd) members.push_back(i);
  }
  const auto last = members.size() - 1;
  const auto leaving = members[std::uniform_int_distribution<std::size_t>{0, last}(random_)];
  refuse(visitors_[leaving]->who.text, "has many connections, and others wait");
  visitors_.erase(visitors_.begin() + static_cast<std::ptrdiff_t>(leaving));
  return true;
}

void gate::refuse(const std::string& who, const std::string& why) {
  complaints_.say({.kind = why, .text = "client turned away: " + who + ": " + why}, clock::now());
}

}  // namespace sluice::net
