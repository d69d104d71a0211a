// The one place that says how an actor system of this project is set up, in a node as in a shim.
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>

namespace sluice::net {

/// What the process is.
enum class role : std::uint8_t {
  node,  ///< long-lived; as many workers as CAF thinks right
  shim,  ///< lives for one command; started and gone within milliseconds
};

/// Types, error texts, networking without a port, heartbeats, an idle CPU when idle. Reads no file,
/// no environment and no argument: CAF would otherwise take `caf-application.ini` from the working
/// directory.
class actor_config : public caf::actor_system_config {
 public:
  explicit actor_config(role r);
};

}  // namespace sluice::net
