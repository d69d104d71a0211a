// The one place that says how an actor system of this project is set up, in a node as in a shim.
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <cstdint>

namespace sluice::net {

/// What the process is.
enum class role : std::uint8_t {
  node,  ///< long-lived; as many workers as CAF thinks right
  shim,  ///< lives for one command; started and gone within milliseconds
};

/// When a process says that it is alive, and when it takes others for dead.
struct signs_of_life {
  std::chrono::milliseconds every;
  std::chrono::milliseconds dead_after;  ///< of silence
};

/// Types, error texts, networking without a port, heartbeats, an idle CPU when idle. Reads no file,
/// no environment and no argument: CAF would otherwise take `caf-application.ini` from the working
/// directory.
class actor_config : public caf::actor_system_config {
 public:
  /// With the heartbeats that are usual for the role. CAF cuts off whoever it has not heard of for
  /// its time-out, so both sides need heartbeats; shims send them often, since they do not know how
  /// patient the node is.
  explicit actor_config(role r);
  actor_config(role r, const signs_of_life& life);
};

}  // namespace sluice::net
