#include "runtime/api/own_node.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/json.hpp"

namespace sluice::api {

const node_status* self_among(const std::vector<node_status>& nodes) {
  const auto self = std::ranges::find(nodes, link_state::self, &node_status::link);
  return self == nodes.end() ? nullptr : &*self;
}

nlohmann::ordered_json own_node(const node_status& self,
                                const std::vector<connection_status>& connections) {
  auto out = to_json(self);
  out["running_syncs"] = std::ranges::count_if(connections, [&](const connection_status& c) {
    return c.node == self.node && c.run && !has_ended(c.run->state);
  });
  return out;
}

}  // namespace sluice::api
