// Whether the node is alive, as the service manager is told.
#pragma once

#include <chrono>

#include "messages/protocol.hpp"
#include "runtime/node/service_manager.hpp"

namespace sluice::node {

/// Asks the node actor for a sign of life and passes it on to the service manager: at half of the
/// watchdog's time where there is one, and while the node drains. A node actor that does not answer
/// in time is passed on as silence, which is what the watchdog waits for. Does nothing where no
/// service manager listens.
class heartbeat {
 public:
  /// `manager` outlives the actor system.
  heartbeat(caf::actor_system& system, const node_actor& node, const service_manager& manager,
            const log::logger& log);
  ~heartbeat();
  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  /// The connections drain, for at most `longest`. As long as the node actor answers, the service
  /// manager is asked for patience, whatever its own time-out is; that ends `drain_grace` after
  /// `longest`, so that a drain that hangs is ended in the end. Any thread.
  void draining(std::chrono::milliseconds longest) const;

  /// What ending takes beside the drains: drivers that give up, ledgers that are settled.
  static constexpr std::chrono::milliseconds drain_grace = std::chrono::seconds{60};

 private:
  caf::actor beat_;  ///< nobody where no service manager listens
};

}  // namespace sluice::node
