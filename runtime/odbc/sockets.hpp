// Finds the socket that a driver opened, which drivers do not report, to be able to cut a
// connection that hangs. Internal to runtime/odbc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "runtime/os/unique_fd.hpp"

namespace sluice::odbc {

/// A second descriptor of a driver's socket. It refers to that socket even after the driver closes
/// its own descriptor, whose number may then belong to another socket.
class driver_socket {
 public:
  /// Owns `descriptor`; `inode` marks the socket as taken as long as this object lives.
  driver_socket(os::unique_fd descriptor, std::uint64_t inode);
  ~driver_socket();
  driver_socket(const driver_socket&) = delete;
  driver_socket& operator=(const driver_socket&) = delete;

  /// Makes the kernel notice within `gone_after` that the peer is gone, also while the session only
  /// waits. A computing peer counts as alive, since its kernel answers. Options that the driver, or
  /// the user through it, has set are kept.
  void watch_peer() const noexcept;
  static constexpr std::chrono::seconds gone_after{120};
  /// How long ago the peer last sent something; nothing if that is not known (a Unix socket).
  [[nodiscard]] std::optional<std::chrono::milliseconds> silent_for() const noexcept;
  /// Ends all communication: a driver call that waits on it returns with an error. Any thread.
  void sever() const noexcept;

 private:
  os::unique_fd descriptor_;
  std::uint64_t inode_;
};

/// Inodes of all sockets of this process that are connected.
using socket_set = std::set<std::uint64_t>;
socket_set connected_sockets();

/// The socket of a connection that was made since `before` was taken. `local_port` is this end's
/// port as the server reports it, if it does. Nothing unless exactly one socket qualifies: cutting
/// a foreign connection would be worse than having to wait. Sockets found earlier do not qualify.
std::shared_ptr<driver_socket> find_driver_socket(const socket_set& before,
                                                  std::optional<std::uint16_t> local_port);

}  // namespace sluice::odbc
