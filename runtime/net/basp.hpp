// Handing connected sockets to CAF's broker, so that CAF itself never connects or listens: its own
// connect blocks the whole middleman without a time-out.
#pragma once

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <chrono>

#include "runtime/os/unique_fd.hpp"

namespace sluice::net {

/// CAF's broker for its binary protocol. REQUIRES: the middleman is loaded; outlived by the system.
class basp {
 public:
  explicit basp(caf::actor_system& system);

  /// Offers `whom` to the client at the other end. Any thread.
  void serve(os::unique_fd fd, const caf::strong_actor_ptr& whom);
  /// The actor that the node at the other end offers. Blocks, at most for `timeout`.
  caf::expected<caf::strong_actor_ptr> connect(os::unique_fd fd, std::chrono::milliseconds timeout);
  /// Forgets nodes that are gone. CAF 0.17.6 keeps about 1.5 kB for every node it ever met, and
  /// every shim is a new node. Any thread.
  void reap_dead_nodes();

 private:
  caf::actor_system& system_;
  caf::actor broker_;
};

}  // namespace sluice::net
