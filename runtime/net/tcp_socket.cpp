#include "runtime/net/tcp_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <system_error>
#include <thread>

#include "messages/error.hpp"
#include "runtime/os/deadline.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Connections that wait to be accepted; the kernel's own limit may be lower.
constexpr auto tcp_backlog = 4096;
constexpr auto connecting = "connect to node";

struct free_list {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using address_list = std::unique_ptr<addrinfo, free_list>;

/// The longest time for which a wait goes on after a stop.
constexpr milliseconds glance{50};

void heed(const std::stop_token& stop, const address& where) {
  if (stop.stop_requested())
    throw failure(errc::cancelled, connecting, where.text(), "it is not wanted any more");
}

/// An address list, or why there is none.
struct lookup {
  address_list found;
  int failed = 0;  ///< of getaddrinfo
};

lookup look_up(const address& where, int flags) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const auto port = std::to_string(where.port);
  lookup result;
  result.failed = ::getaddrinfo(where.host.c_str(), port.c_str(), &wanted, &list);
  result.found.reset(list);
  return result;
}

/// As look_up, but gives up at `deadline`. The resolver may take tens of seconds and cannot be
/// interrupted, so its thread is left behind.
address_list look_up_until(const address& where, clock::time_point deadline,
                           const std::stop_token& stop) {
  auto promise = std::make_shared<std::promise<lookup>>();
  auto answer = promise->get_future();
  std::thread([promise, where] { promise->set_value(look_up(where, AI_ADDRCONFIG)); }).detach();
  while (answer.wait_for(std::min(os::left_until(deadline), glance)) != std::future_status::ready)
    if (heed(stop, where); clock::now() >= deadline)
      throw failure(errc::timed_out, connecting, where.text(),
                    "the name server did not answer in time",
                    "check the host's name and the network");
  auto result = answer.get();
  if (result.failed != 0)
    throw failure(errc::unreachable, connecting, where.text(), ::gai_strerror(result.failed),
                  "check the host's name");
  return std::move(result.found);
}

/// 0 or an errno; ETIMEDOUT if the deadline passed.
int connect_until(int fd, const addrinfo& to, const address& where, clock::time_point deadline,
                  const std::stop_token& stop) {
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(fd, POLLOUT, where, deadline, stop)) return ETIMEDOUT;
  int result = 0;
  socklen_t size = sizeof result;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size) == 0 ? result : errno;
}

}  // namespace

listening_tcp_socket::listening_tcp_socket(const address& where) {
  constexpr auto operation = "listen at";
  const auto found = look_up(where, AI_PASSIVE);
  if (found.failed != 0)
    throw failure(errc::invalid_config, operation, where.text(), ::gai_strerror(found.failed),
                  "name an address of this machine, or 0.0.0.0 for all of them");
  const auto& at = *found.found;
  fd_ = os::unique_fd{::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  // A restarted node need not wait until the kernel forgets the connections of the earlier one.
  if (!fd_ || ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd_.get(), at.ai_addr, at.ai_addrlen) != 0 || ::listen(fd_.get(), tcp_backlog) != 0) {
    const int code = errno;
    throw failure(code == EADDRINUSE ? errc::state_locked : errc::invalid_config, operation,
                  where.text(), os::reason(code),
                  code == EADDRINUSE
                      ? "another process listens there: give this node another port"
                      : "name an address of this machine, or 0.0.0.0 for all of them");
  }
}

void listening_tcp_socket::await_first_words() const {
  const int seconds = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

bool wait_for(int fd, short events, const address& where, clock::time_point deadline,
              const std::stop_token& stop) {
  for (;;) {
    heed(stop, where);
    pollfd p{fd, events, 0};
    // A stop does not wake poll, so poll wakes now and then, where a stop is possible.
    const auto longest = stop.stop_possible() ? glance : milliseconds{60'000};
    if (::poll(&p, 1, static_cast<int>(std::min(os::left_until(deadline), longest).count())) > 0)
      return true;
    if (clock::now() >= deadline) return false;
  }
}

os::unique_fd connect_tcp(const address& where, milliseconds timeout, const std::stop_token& stop) {
  const auto deadline = clock::now() + timeout;
  const auto found = look_up_until(where, deadline, stop);
  int last = EHOSTUNREACH;
  for (const auto* to = found.get(); to != nullptr; to = to->ai_next) {
    os::unique_fd fd{::socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) {
      last = errno;
      continue;
    }
    last = connect_until(fd.get(), *to, where, deadline, stop);
    if (last == 0) {
      send_at_once(fd.get());
      return fd;
    }
    if (clock::now() >= deadline) break;
  }
  if (last == ETIMEDOUT)
    throw failure(errc::timed_out, connecting, where.text(), "nobody answers at that address",
                  "is the host up, and does a firewall let the port through?");
  throw failure(errc::unreachable, connecting, where.text(), os::reason(last),
                last == ECONNREFUSED ? "start the node, or check its \"listen\"" : "");
}

std::string remote_address(int fd) {
  sockaddr_storage who{};
  socklen_t size = sizeof who;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&who), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&who), size, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "a client that is gone";
  const std::string text = host.data();
  return (who.ss_family == AF_INET6 ? "[" + text + "]" : text) + ":" + port.data();
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace sluice::net
