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

#include "tests/support/loopback.hpp"

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

http_visitor::http_visitor(http_visitor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), read_(std::move(other.read_)) {}

bool http_visitor::say(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void http_visitor::finish() { ::shutdown(fd_, SHUT_WR); }

bool http_visitor::receive() {
  std::array<char, 65536> bytes;
  const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (n > 0) read_.append(bytes.data(), static_cast<std::size_t>(n));
  return n > 0;
}

std::string http_visitor::read_until(std::string_view text) {
  while (read_.find(text) == std::string::npos)
    if (!receive()) return std::exchange(read_, {});
  const auto end = read_.find(text) + text.size();
  auto out = read_.substr(0, end);
  read_.erase(0, end);
  return out;
}

http_page http_visitor::read_response() {
  http_page page;
  const auto head = read_until("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 ") || !head.ends_with("\r\n\r\n")) return page;
  page.status = std::atoi(head.c_str() + 9);
  page.headers = head.substr(0, head.size() - 2);
  constexpr std::string_view length = "\r\nContent-Length: ";
  const auto at = head.find(length);
  if (at == std::string::npos) return page;
  const auto size = std::strtoul(head.c_str() + at + length.size(), nullptr, 10);
  while (read_.size() < size && receive()) continue;
  page.body = read_.substr(0, size);
  read_.erase(0, size);
  return page;
}

http_page http_visitor::read_page() {
  while (receive()) continue;
  const auto all = std::exchange(read_, {});
  http_page page;
  const auto end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return page;
  page.status = std::atoi(all.c_str() + 9);
  page.headers = all.substr(0, end + 2);
  page.body = all.substr(end + 4);
  return page;
}

bool http_visitor::is_answered() {
  if (!read_.empty()) return true;
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK) == 1;
}

bool http_visitor::is_hung_up_on() {
  if (!read_.empty()) return false;
  char byte = 0;
  const auto n = ::recv(fd_, &byte, 1, 0);
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

http_page get(std::uint16_t port, const std::string& path, const std::string& method,
              const std::string& headers) {
  http_visitor visitor(port);
  visitor.say(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
              headers + "\r\n");
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
