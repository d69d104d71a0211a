// The node as observers see it: it answers questions and changes nothing.
#pragma once

#include "messages/cluster_protocol.hpp"

namespace sluice::actors {

/// Passes questions on to `front`, who answers in its place, and refuses what would change
/// anything.
front_actor::behavior_type observer_front(front_actor::pointer self, const front_actor& front);

}  // namespace sluice::actors
