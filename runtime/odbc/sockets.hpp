// Finds the socket that a driver opened, to be able to cut a connection that hangs: drivers do not
// tell. Internal to runtime/odbc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "runtime/os/unique_fd.hpp"

namespace sluice::odbc {

/// A second descriptor of a driver's socket. It names that socket for good, whatever the driver
/// does with its own descriptor; the number of a closed descriptor might name another one by now.
class driver_socket {
 public:
  /// Owns `descriptor`, which is also known by `inode` until it goes.
  driver_socket(os::unique_fd descriptor, std::uint64_t inode);
  ~driver_socket();
  driver_socket(const driver_socket&) = delete;
  driver_socket& operator=(const driver_socket&) = delete;

  /// Has the kernel find out that the peer is gone, though nothing is asked of it: within
  /// `gone_after`. A peer that computes answers for its kernel. Leaves alone what the driver, or
  /// the user through it, has set.
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
/// port as the server reports it, if it does. Nothing if that leaves none or more than one: cutting
/// a foreign connection would be worse than having to wait. Sockets found earlier are not
/// candidates.
std::shared_ptr<driver_socket> find_driver_socket(const socket_set& before,
                                                  std::optional<std::uint16_t> local_port);

}  // namespace sluice::odbc
