// How every actor system of this project is set up, a node's and a shim's.
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <cstdint>

namespace sluice::net {

/// The kind of the process.
enum class role : std::uint8_t {
  node,  ///< long-lived; as many workers as CAF chooses
  shim,  ///< lives for one command; started and gone within milliseconds
};

/// How often a process sends signs of life, and when it takes a silent peer for dead.
struct signs_of_life {
  std::chrono::milliseconds every;
  std::chrono::milliseconds dead_after;  ///< longest silence
};

/// Types, error texts, networking without a port, heartbeats, no work while idle. Reads no file,
/// no environment and no argument: CAF would otherwise take `caf-application.ini` from the
/// working directory.
class actor_config : public caf::actor_system_config {
 public:
  /// With the heartbeats that are usual for the role. CAF cuts off a peer that was silent for the
  /// time-out, so both sides send heartbeats. A shim does not know the node's time-out, and sends
  /// heartbeats often.
  explicit actor_config(role r);
  actor_config(role r, const signs_of_life& life);
};

}  // namespace sluice::net
