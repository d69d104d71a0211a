// A node's place on the network: its listening sockets, and the actors that answer there.
#pragma once

#include <caf/actor_control_block.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/net/basp.hpp"
#include "runtime/net/gate.hpp"

namespace sluice::net {

/// How a client is received.
struct reception {
  caf::strong_actor_ptr actor;       ///< the actor that answers
  bool to_anybody = false;           ///< for nodes, which may send any message to any actor
  std::shared_ptr<void> until_gone;  ///< kept until the client has gone
};

/// Decides how a client is received, as gate_events::admit: on the gate's thread; nothing drops the
/// client silently; throws `failure` to refuse it.
using receptionist = std::function<std::optional<reception>(const party&, int caf_socket)>;

/// Serves clients of the sockets and doors from construction until `close` or destruction.
///
/// Take the sockets (listening_socket) first of all when a node starts, so that a second node is
/// refused before it touches anything; open the endpoint last, when the node can answer. At the end
/// close the endpoint while the actor system still lives, with a grace, so that the last answers
/// get out.
class node_endpoint {
 public:
  /// `refused` gets log lines about clients that were turned away; on the gate's thread.
  node_endpoint(caf::actor_system& system, receptionist receive,
                std::vector<listening_socket> sockets, std::vector<tcp_door> doors,
                std::function<void(const std::string&)> refused, gate_limits limits = {});

  /// Stops accepting at once, and hangs up when every client has gone or `grace` is over.
  void close(std::chrono::milliseconds grace) { gate_.close(grace); }
  [[nodiscard]] std::size_t clients() const { return gate_.clients(); }

 private:
  std::optional<admission> admit(os::unique_fd fd, const party& who, int caf_socket);

  receptionist receive_;
  basp broker_;
  gate gate_;
};

}  // namespace sluice::net
