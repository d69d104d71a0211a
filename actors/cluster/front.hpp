// What shims see of a node: it answers for the whole cluster.
#pragma once

#include "messages/cluster_protocol.hpp"

namespace sluice::actors {

/// Passes commands about a connection to the node that runs it, and everything else to its own.
front_actor::behavior_type front(front_actor::pointer self, const node_actor& own,
                                 const cluster_actor& cluster);

}  // namespace sluice::actors
