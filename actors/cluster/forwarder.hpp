// Asks another node one question for one asker.
#pragma once

#include <string>

#include "messages/cluster_protocol.hpp"

namespace sluice::actors {

/// Passes the first message that it gets on to `there`, the node actor of `node`, passes the answer
/// back, and ends. The answer is an error, at once, when that node is lost; within seconds when it
/// is silent; never if the asker goes away: then the other node learns that, too.
node_actor::behavior_type forwarder(node_actor::pointer self, const node_actor& there,
                                    const std::string& node);

}  // namespace sluice::actors
