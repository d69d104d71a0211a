// A command to a front, whichever it is, and its answer.
#pragma once

#include <caf/fwd.hpp>
#include <chrono>
#include <functional>

#include "messages/cluster_protocol.hpp"
#include "messages/commands.hpp"

namespace sluice::actors {

/// Gives the command as `self`; one of both functions is called by the actor's thread, unless the
/// actor ends before. An answer may take `patience`, and as long as the command's facts say beyond
/// that; one that does not come is `timed_out`.
void ask_front(caf::scheduled_actor& self, const front_actor& front, const command::any& what,
               std::chrono::milliseconds patience,
               std::function<void(command::any_answer)> answered,
               std::function<void(const error&)> failed);

}  // namespace sluice::actors
