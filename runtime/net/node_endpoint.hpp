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

/// What a client finds.
struct reception {
  caf::strong_actor_ptr by;          ///< who answers it
  bool to_anybody = false;           ///< it is a node: it may send anything to other actors, too
  std::shared_ptr<void> until_gone;  ///< kept as long as it is there
};

/// Decides how a client is received; on the gate's thread. `way` is as in gate_events. Nothing if
/// the client is not needed; throws `failure` if it is not welcome.
using receptionist = std::function<std::optional<reception>(const party&, int caf_socket)>;

/// Serves clients of the sockets and doors from construction until `close` or destruction.
///
/// Take the sockets (listening_socket) first of all when a node starts, so that a second node is
/// refused before it touches anything; open the endpoint last, when the node can answer. At the end
/// close it while the actor system still lives: with a grace, so that the last answers get out.
class node_endpoint {
 public:
  /// `refused` gets a line for the log for each client turned away; on the gate's thread.
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
