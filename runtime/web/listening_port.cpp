#include "runtime/web/listening_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::web {
namespace {

/// An address of either family, in the form that system calls take.
struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

socket_address address_of(const std::string& host, std::uint16_t port) {
  socket_address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof v6;
  }
  return address;
}

[[noreturn]] void refuse(const std::string& where, int reason, std::string_view setting) {
  const bool occupied = reason == EADDRINUSE;
  const std::string key(setting);
  std::string hint;
  if (occupied)
    hint = "give this node another port in `" + key + "`; `ss -ltnp` tells who has it";
  else if (reason == EADDRNOTAVAIL)
    hint = "this machine has no such address: see `ip address`";
  else if (reason == EACCES)
    hint = "ports below 1024 need privileges: choose a higher one in `" + key + "`";
  throw failure(occupied ? errc::state_locked : errc::invalid_config, "listen at", where,
                os::reason(reason), hint);
}

}  // namespace

listening_port::listening_port(const std::string& host, std::uint16_t port,
                               std::string_view setting)
    : port_(port) {
  const auto where = "http://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") +
                     ":" + std::to_string(port);
  auto address = address_of(host, port);
  fd_ = os::unique_fd(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) refuse(where, errno, setting);
  const int on = 1;
  // Connections of the last node that are in TIME_WAIT must not prevent listening.
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6)
    ::setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd_.get(), address.get(), address.size) != 0 || ::listen(fd_.get(), SOMAXCONN) != 0)
    refuse(where, errno, setting);
  if (port != 0) return;
  if (::getsockname(fd_.get(), address.get(), &address.size) != 0) refuse(where, errno, setting);
  // Both families have the port at the same place (RFC 3493, section 3.4).
  port_ = ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

}  // namespace sluice::web
