#include "tests/support/notify_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace sluice::test {
namespace {

bool has_line(const std::string& notification, std::string_view line) {
  const auto lines = "\n" + notification + "\n";
  const auto wanted = "\n" + std::string{line} + (line.ends_with('=') ? "" : "\n");
  return lines.find(wanted) != std::string::npos;
}

}  // namespace

notify_socket::notify_socket(const std::filesystem::path& path) : notify_socket(path.string()) {}

notify_socket::notify_socket(const std::string& name) : address_(name) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (name.size() >= sizeof where.sun_path)
    throw std::system_error(ENAMETOOLONG, std::generic_category(), name);
  std::copy(name.begin(), name.end(), where.sun_path);
  if (address_.front() == '\0') address_.front() = '@';
  fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&where), size) != 0) {
    const auto reason = errno;
    if (fd_ >= 0) ::close(fd_);
    throw std::system_error(reason, std::generic_category(), "bind " + address_);
  }
}

notify_socket::~notify_socket() { ::close(fd_); }

std::optional<std::string> notify_socket::next(milliseconds limit) {
  pollfd p{fd_, POLLIN, 0};
  if (::poll(&p, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  std::array<char, 4096> text{};
  const auto n = ::recv(fd_, text.data(), text.size(), 0);
  if (n < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(n));
}

std::optional<std::string> notify_socket::wait_for(std::string_view line, milliseconds limit) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - clock::now());
    auto notification = next(std::max(left, milliseconds{0}));
    if (!notification || has_line(*notification, line)) return notification;
  }
}

void notify_socket::clear() {
  while (next(milliseconds{0})) {
  }
}

}  // namespace sluice::test
