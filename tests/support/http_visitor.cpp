#include "tests/support/http_visitor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace sluice::test {
namespace {

constexpr timeval patience{60, 0};

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int new_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up("socket");
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

http_visitor::http_visitor(std::uint16_t port) : fd_(new_socket()) {
  const auto address = loopback(port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  const auto reason = errno;
  ::close(fd_);
  errno = reason;
  give_up("connect");
}

http_visitor::~http_visitor() {
  if (fd_ >= 0) ::close(fd_);
}

http_visitor::http_visitor(http_visitor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

bool http_visitor::say(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

http_page http_visitor::read_page() {
  std::string all;
  std::array<char, 65536> bytes{};
  for (;;) {
    const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (n <= 0) break;
    all.append(bytes.data(), static_cast<std::size_t>(n));
  }
  http_page page;
  const auto end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return page;
  page.status = std::atoi(all.c_str() + 9);
  page.headers = all.substr(0, end + 2);
  page.body = all.substr(end + 4);
  return page;
}

bool http_visitor::is_answered() {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK) == 1;
}

bool http_visitor::is_hung_up_on() {
  char byte = 0;
  const auto n = ::recv(fd_, &byte, 1, 0);
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

http_page get(std::uint16_t port, const std::string& path, const std::string& method,
              const std::string& headers) {
  http_visitor visitor(port);
  visitor.say(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  return visitor.read_page();
}

std::uint16_t free_port() {
  const int fd = new_socket();
  auto address = loopback(0);
  socklen_t size = sizeof address;
  const bool good = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!good) give_up("bind");
  return ntohs(address.sin_port);
}

}  // namespace sluice::test
