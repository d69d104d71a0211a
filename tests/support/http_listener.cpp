#include "tests/support/http_listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace sluice::test {

using os::unique_fd;

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

os::unique_fd bind_to_port(std::uint16_t port) {
  os::unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd) fail("socket");
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("bind");
  return fd;
}

std::uint16_t port_of(const os::unique_fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("getsockname");
  return ntohs(address.sin_port);
}

http_listener::http_listener(std::uint16_t port, std::function<void(os::unique_fd)> serve)
    : fd_(bind_to_port(port)), quit_(::eventfd(0, EFD_CLOEXEC)) {
  if (!quit_) fail("eventfd");
  if (::listen(fd_.get(), SOMAXCONN) != 0) fail("listen");
  thread_ = std::thread{[this, serve = std::move(serve)] {
    std::array<pollfd, 2> p{{{fd_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}}};
    for (;;) {
      if (::poll(p.data(), p.size(), -1) < 0) continue;
      if (p[1].revents != 0) return;
      if (os::unique_fd made{::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)}; made)
        serve(std::move(made));
    }
  }};
}

http_listener::~http_listener() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(quit_.get(), &one, sizeof one);
  thread_.join();
}

}  // namespace sluice::test
