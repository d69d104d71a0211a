// Asks another node one question for one asker.
#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "messages/names.hpp"

namespace sluice::actors {

/// What a forwarder is spawned with.
struct forwarder_args {
  caf::strong_actor_ptr there;  ///< a node_actor
  node_name node;               ///< its name
  std::string operation;        ///< what is asked, for people
  /// How long the answer may take beyond what every answer may; nothing: for ever.
  std::optional<std::chrono::milliseconds> takes = std::chrono::milliseconds{0};
};

/// Passes the message in the first `caf::forward_atom, caf::message` that it gets on to `there`,
/// passes the answer back, and ends. The answer is an error, at once, when that node is lost;
/// within seconds when it is silent; never if the asker goes away.
caf::behavior forwarder(caf::event_based_actor* self, const forwarder_args& args);

}  // namespace sluice::actors
