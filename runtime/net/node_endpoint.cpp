#include "runtime/net/node_endpoint.hpp"

namespace sluice::net {

node_endpoint::node_endpoint(caf::actor_system& system, const node_actor& who,
                             std::vector<listening_socket> sockets,
                             std::function<void(const std::string&)> refused, gate_limits limits)
    : broker_(system),
      gate_(std::move(sockets),
            {.admit = [this, whom = caf::actor_cast<caf::strong_actor_ptr>(who)](
                          unique_fd fd) { broker_.serve(std::move(fd), whom); },
             .tick = [this] { broker_.reap_dead_nodes(); },
             .refused = std::move(refused)},
            limits) {}

}  // namespace sluice::net
