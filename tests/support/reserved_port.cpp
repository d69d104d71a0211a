#include "tests/support/reserved_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sluice::test {

reserved_port::reserved_port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  const int on = 1;
  if (::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    const int code = errno;
    ::close(fd_);
    throw std::system_error(code, std::generic_category(), "reserve a port");
  }
  number_ = ntohs(at.sin_port);
}

reserved_port::~reserved_port() {
  if (fd_ >= 0) ::close(fd_);
}

reserved_port::reserved_port(reserved_port&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), number_(other.number_) {}

}  // namespace sluice::test
