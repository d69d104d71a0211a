// A client's side of a TLS connection, through which CAF's bytes go.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <thread>

#include "runtime/net/address.hpp"
#include "runtime/net/relay.hpp"
#include "runtime/net/tls_channel.hpp"

namespace sluice::net {

/// Relays between a node and one end of a socket pair on a thread of its own, until the node or CAF
/// closes, or this object goes.
class tunnel {
 public:
  /// `inside` is the socket whose other end CAF has; `until_gone` is released just before the
  /// socket closes. Throws `failure` (internal) if the kernel has no descriptors left.
  tunnel(std::unique_ptr<channel> to_node, os::unique_fd inside,
         std::shared_ptr<void> until_gone = {});
  ~tunnel();
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;

 private:
  void run();

  os::unique_fd wake_;
  std::unique_ptr<relay> link_;
  std::shared_ptr<void> until_gone_;
  std::thread thread_;
};

/// Connects to a node and shakes hands within `timeout`. Throws `failure` (unreachable, timed_out),
/// also if the other side's certificate is not of this deployment, not for that host, or not a
/// node's; (cancelled) soon after `stop` is requested.
std::unique_ptr<tls_channel> connect_tls(const address& where, const tls_context& as,
                                         std::chrono::milliseconds timeout,
                                         const std::stop_token& stop = {});

}  // namespace sluice::net
