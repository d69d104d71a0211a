// Serves a few pages over HTTP, whose making may block.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/web/listening_port.hpp"
#include "runtime/web/responder.hpp"
#include "runtime/web/server.hpp"

namespace sluice::web {

struct listener_limits {
  /// Clients at a time, as in `server_limits`.
  std::size_t connections = 256;
  /// Bytes of a request: its line and its headers.
  std::size_t request = std::size_t{16} << 10;
  /// Bytes of responses that clients have not taken yet, as in `server_limits`.
  std::size_t unsent = std::size_t{32} << 20;
  /// Requests being answered at a time.
  std::size_t workers = 4;
  /// How long a client may take to send its request, and to take a piece of the response, as in
  /// `connection_limits`.
  std::chrono::milliseconds asking = std::chrono::seconds(5);
  std::chrono::milliseconds taking = std::chrono::seconds(10);
};

/// A server, and a few threads that call the routes. A connection serves one request.
class listener {
 public:
  using limits = listener_limits;

  /// `trouble`: one line for the log; called by the server's thread. Throws `failure` (internal) if
  /// the kernel has no descriptors left.
  listener(listening_port port, routes paths, std::function<void(const std::string&)> trouble,
           limits l = {});
  /// Hangs up. Waits for routes that are being called.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  void work();

  const routes paths_;
  std::mutex mutex_;
  std::condition_variable todo_;
  bool ending_ = false;
  std::deque<std::shared_ptr<exchange>> asked_;  ///< at most one for each client
  std::unique_ptr<server> server_;
  std::vector<std::thread> workers_;
};

}  // namespace sluice::web
