// Reports to the service manager that the node is alive.
#pragma once

#include <chrono>

#include "messages/protocol.hpp"
#include "runtime/node/service_manager.hpp"

namespace sluice::node {

/// Asks the node actor for a sign of life and passes it on to the service manager: every half of
/// the watchdog's time if there is one, and while the node drains. If the node actor does not
/// answer in time, nothing is passed on, which triggers the watchdog. Does nothing without a
/// service manager.
class heartbeat {
 public:
  /// `manager` outlives the actor system.
  heartbeat(caf::actor_system& system, const node_actor& node, const service_manager& manager,
            const log::logger& log);
  ~heartbeat();
  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  /// The connections drain, for at most `longest`. As long as the node actor answers, the service
  /// manager is asked to extend its time-out, but only until `drain_grace` after `longest`, so that
  /// a drain that hangs is ended at last. Any thread.
  void draining(std::chrono::milliseconds longest) const;

  /// Time that ending takes beside the drains: drivers give up, ledgers are settled.
  static constexpr std::chrono::milliseconds drain_grace = std::chrono::seconds{60};

 private:
  caf::actor beat_;  ///< null without a service manager
};

}  // namespace sluice::node
