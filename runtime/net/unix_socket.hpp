// Unix-domain stream sockets: listening for the owner alone, and connecting with a time-out of our
// own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "runtime/net/address.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::net {

/// The process at the other end of a connected Unix socket, as the kernel vouches for it (as of the
/// connect, or of the listen on a client's side).
struct peer {
  pid_t pid = 0;
  uid_t uid = 0;

  /// `process 4711 (sluice) of user 1000`; without the name if the process is gone.
  [[nodiscard]] std::string text() const;
};

/// Throws `failure` (internal) if `fd` is no connected Unix socket.
peer peer_of(int fd);

/// Whether a peer may speak to this process: the same user, or root.
[[nodiscard]] bool is_welcome(const peer& who);

/// A bound, listening socket and the exclusive right to its path.
///
/// The right is a lock on `PATH.lock`, held as long as this object lives. The kernel drops the lock
/// if the process dies, so that of two nodes starting at once exactly one gets the path. The lock
/// file itself stays: without it two owners could lock two different files of that name.
class listening_socket {
 public:
  /// Creates the socket with mode 0600. Replaces the socket file of a dead node; throws `failure`
  /// (state_locked, naming the process) if a process listens there, (invalid_config) if the path
  /// cannot be a socket's.
  explicit listening_socket(const address& where);
  /// Removes the socket file, if it is still the one that this object made.
  ~listening_socket();
  listening_socket(listening_socket&&) noexcept = default;
  listening_socket& operator=(listening_socket&&) = delete;
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;

  [[nodiscard]] const address& where() const { return where_; }
  /// Non-blocking; readable when a client waits.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  address where_;
  os::unique_fd lock_;
  os::unique_fd fd_;
  dev_t device_ = 0;  ///< of the socket file, to recognise it at the end
  ino_t inode_ = 0;
};

/// Connects within `timeout`. The socket returned is non-blocking. Throws `failure` (unreachable),
/// which distinguishes an absent socket, a dead node's, and one that must not be touched;
/// (timed_out) if the node's queue of waiting clients stayed full.
os::unique_fd connect_to(const address& where, std::chrono::milliseconds timeout);

}  // namespace sluice::net
