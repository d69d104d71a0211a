// The listening socket of the HTTP server.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>

#include "runtime/os/unique_fd.hpp"

namespace sluice::test {

/// Makes a TCP socket on 127.0.0.1 that may share its port with other such sockets, one of which
/// may listen. Port 0: any free one. Throws std::system_error.
os::unique_fd bind_to_port(std::uint16_t port);
/// The port that a socket is bound to. Throws std::system_error.
std::uint16_t port_of(const os::unique_fd& fd);

/// Listens and accepts, in a thread of its own, from construction to destruction.
class http_listener {
 public:
  /// `serve` gets each connection, in the listener's thread. Throws std::system_error.
  http_listener(std::uint16_t port, std::function<void(os::unique_fd)> serve);
  /// Connects are refused, and `serve` has returned, when this has.
  ~http_listener();
  http_listener(const http_listener&) = delete;
  http_listener& operator=(const http_listener&) = delete;

 private:
  os::unique_fd fd_;
  os::unique_fd quit_;
  std::thread thread_;
};

}  // namespace sluice::test
