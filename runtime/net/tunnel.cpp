#include "runtime/net/tunnel.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/tcp_socket.hpp"
#include "runtime/os/deadline.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds longest_poll{60'000};

}  // namespace

tunnel::tunnel(std::unique_ptr<channel> to_node, os::unique_fd inside,
               std::shared_ptr<void> until_gone)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), until_gone_(std::move(until_gone)) {
  if (!wake_) throw failure(errc::internal, "connect to node", {}, os::reason(errno));
  link_ = std::make_unique<relay>(std::move(to_node), std::move(inside), relay_limits{},
                                  std::nullopt, clock::now());
  thread_ = std::thread{[this] { run(); }};
}

tunnel::~tunnel() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void tunnel::run() {
  for (;;) {
    const auto watch = [](int fd, short events) {
      return pollfd{events == 0 ? -1 : fd, events, 0};
    };
    std::array<pollfd, 3> polled{watch(wake_.get(), POLLIN),
                                 watch(link_->outside(), link_->outside_events()),
                                 watch(link_->inside(), link_->inside_events())};
    int wait = -1;
    if (link_->ready()) {
      wait = 0;
    } else if (link_->deadline() != clock::time_point::max()) {
      wait = static_cast<int>(std::min(os::left_until(link_->deadline()), longest_poll).count());
    }
    ::poll(polled.data(), polled.size(), wait);
    if (polled[0].revents != 0 || !link_->move(clock::now())) break;
  }
  until_gone_.reset();
  link_.reset();  // closes both ends: CAF and the node see the end of the connection
}

std::unique_ptr<tls_channel> connect_tls(const address& where, const tls_context& as,
                                         milliseconds timeout, const std::stop_token& stop) {
  constexpr auto operation = "connect to node";
  const auto deadline = clock::now() + timeout;
  auto link = as.connect(connect_tcp(where, timeout, stop), where.host);
  for (;;) {
    switch (link->shake_hands()) {
      case moved::closed:
        throw failure(errc::unreachable, operation, where.text(), link->complaint(),
                      "both sides need a certificate of the deployment's authority, the node's one "
                      "for this host; the node's log tells what it refused");
      case moved::would_block: {
        if (!wait_for(link->fd(), link->events(true, true), where, deadline, stop))
          throw failure(errc::timed_out, operation, where.text(),
                        "it accepted the connection but did not introduce itself in time",
                        "is the node frozen or overloaded, or is this another kind of server?");
        continue;
      }
      case moved::some:
        break;
    }
    if (link->peer().kind != party_kind::node)
      throw failure(errc::unreachable, operation, where.text(),
                    "who answers there is " + link->peer().text() + ", not a node",
                    "give the node its own certificate");
    return link;
  }
}

}  // namespace sluice::net
