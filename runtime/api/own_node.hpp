// The node that answers, as the API tells of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/run.hpp"

namespace sluice::api {

/// The node that knows itself as such, of the answer to `command::nodes`; null if there is none,
/// which is a defect. Lives as long as `nodes`.
const node_status* self_among(const std::vector<node_status>& nodes);

/// The node, and how many of its connections have a run that has not ended.
nlohmann::ordered_json own_node(const node_status& self,
                                const std::vector<connection_status>& connections);

}  // namespace sluice::api
