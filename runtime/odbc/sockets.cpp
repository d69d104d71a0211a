#include "runtime/odbc/sockets.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::odbc {
namespace {

/// Sockets that belong to a session already.
struct {
  std::mutex mutex;
  socket_set inodes;
} claimed;

std::optional<std::uint16_t> port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  return std::nullopt;
}

std::optional<std::uint16_t> local_port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return port_of(address);
}

bool is_connected(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  return ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0;
}

/// Calls `visit(descriptor, inode)` for every connected stream socket of the process.
template <class Visit>
void for_each_connected(Visit&& visit) {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name(entry->d_name);
    int descriptor = -1;
    if (std::from_chars(name.data(), name.data() + name.size(), descriptor).ec != std::errc())
      continue;  // . and ..
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
    if (is_connected(descriptor)) visit(descriptor, static_cast<std::uint64_t>(status.st_ino));
  }
  ::closedir(directory);
}

}  // namespace

driver_socket::driver_socket(os::unique_fd descriptor, std::uint64_t inode)
    : descriptor_(std::move(descriptor)), inode_(inode) {}

driver_socket::~driver_socket() {
  // Erased before the socket is closed: afterwards the number may name another socket.
  const std::lock_guard lock(claimed.mutex);
  claimed.inodes.erase(inode_);
}

void driver_socket::watch_peer() const noexcept {
  const auto get = [](int fd, int option) {
    int value = -1;
    socklen_t length = sizeof value;
    return ::getsockopt(fd, IPPROTO_TCP, option, &value, &length) == 0 ? value : -1;
  };
  const auto set = [this](int layer, int option, int value) {
    ::setsockopt(descriptor_.get(), layer, option, &value, sizeof value);
  };
  // Drivers turn keepalives on with the system's defaults, which are hours. Values that differ were
  // set on purpose.
  const os::unique_fd fresh(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fresh) return;
  const bool untouched =
      get(descriptor_.get(), TCP_KEEPIDLE) == get(fresh.get(), TCP_KEEPIDLE) &&
      get(descriptor_.get(), TCP_USER_TIMEOUT) == get(fresh.get(), TCP_USER_TIMEOUT);
  if (!untouched) return;
  constexpr int probes = 4;
  constexpr int apart = static_cast<int>(gone_after.count()) / 8;
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, probes * apart);
  set(IPPROTO_TCP, TCP_KEEPINTVL, apart);
  set(IPPROTO_TCP, TCP_KEEPCNT, probes);
  // No keepalives are sent while sent data is not acknowledged; this option covers that case.
  set(IPPROTO_TCP, TCP_USER_TIMEOUT,
      static_cast<int>(std::chrono::milliseconds(gone_after).count()));
}

std::optional<std::chrono::milliseconds> driver_socket::silent_for() const noexcept {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(descriptor_.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    return std::nullopt;
  return std::chrono::milliseconds(info.tcpi_last_data_recv);
}

void driver_socket::sever() const noexcept { ::shutdown(descriptor_.get(), SHUT_RDWR); }

socket_set connected_sockets() {
  socket_set found;
  for_each_connected([&](int, std::uint64_t inode) { found.insert(inode); });
  return found;
}

std::shared_ptr<driver_socket> find_driver_socket(const socket_set& before,
                                                  std::optional<std::uint16_t> local_port) {
  struct candidate {
    int descriptor;
    std::uint64_t inode;
  };
  const std::lock_guard lock(claimed.mutex);
  std::vector<candidate> any, fitting;
  for_each_connected([&](int descriptor, std::uint64_t inode) {
    if (before.contains(inode) || claimed.inodes.contains(inode)) return;
    any.push_back({descriptor, inode});
    if (local_port && local_port_of(descriptor) == local_port) fitting.push_back(any.back());
  });
  const auto& found = fitting.empty() ? any : fitting;
  if (found.size() != 1) return nullptr;
  os::unique_fd own(::fcntl(found[0].descriptor, F_DUPFD_CLOEXEC, 0));
  if (!own) return nullptr;
  struct stat status {};
  // Between the look and the copy the number may have become another socket's.
  if (::fstat(own.get(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_ino) != found[0].inode)
    return nullptr;
  claimed.inodes.insert(found[0].inode);
  return std::make_shared<driver_socket>(std::move(own), found[0].inode);
}

}  // namespace sluice::odbc
