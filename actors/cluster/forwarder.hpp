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
  node_name node;               ///< the name of that node
  std::string operation;        ///< what is asked, for people
  /// How long the answer may take beyond the time of every answer; nothing: for ever.
  std::optional<std::chrono::milliseconds> takes = std::chrono::milliseconds{0};
};

/// Passes the message of its first `caf::forward_atom, caf::message` on to `there`, passes the
/// answer back, and ends. Answers an error at once when that node is lost, within seconds when it
/// is silent; answers nothing if the asker goes away.
caf::behavior forwarder(caf::event_based_actor* self, const forwarder_args& args);

}  // namespace sluice::actors
