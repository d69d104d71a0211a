// A node's place on the network: its listening sockets, and the node actor that answers there.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/protocol.hpp"
#include "runtime/net/basp.hpp"
#include "runtime/net/gate.hpp"

namespace sluice::net {

/// Serves `who` to every client of the sockets from construction until `close` or destruction.
///
/// Take the sockets (listening_socket) first of all when a node starts, so that a second node is
/// refused before it touches anything; open the endpoint last, when the node can answer. At the end
/// close it while the actor system still lives: with a grace, so that the last answers get out.
class node_endpoint {
 public:
  /// `refused` gets a line for the log for each client turned away; on the gate's thread.
  node_endpoint(caf::actor_system& system, const node_actor& who,
                std::vector<listening_socket> sockets,
                std::function<void(const std::string&)> refused, gate_limits limits = {});

  /// Stops accepting at once, and hangs up when every client has gone or `grace` is over.
  void close(std::chrono::milliseconds grace) { gate_.close(grace); }
  [[nodiscard]] std::size_t clients() const { return gate_.clients(); }

 private:
  basp broker_;
  gate gate_;
};

}  // namespace sluice::net
