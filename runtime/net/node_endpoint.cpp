#include "runtime/net/node_endpoint.hpp"

#include <utility>

#include "messages/front_requests.hpp"

namespace sluice::net {

node_endpoint::node_endpoint(caf::actor_system& system, receptionist receive,
                             std::vector<listening_socket> sockets, std::vector<tcp_door> doors,
                             std::function<void(const std::string&)> refused, gate_limits limits)
    : receive_(std::move(receive)),
      broker_(system),
      gate_(std::move(sockets), std::move(doors),
            {.admit = [this](os::unique_fd fd, const party& who,
                             int caf_socket) { return admit(std::move(fd), who, caf_socket); },
             .tick = [this] { broker_.reap_dead_nodes(); },
             .refused = std::move(refused)},
            limits) {}

std::optional<admission> node_endpoint::admit(os::unique_fd fd, const party& who, int caf_socket) {
  auto how = receive_(who, caf_socket);
  if (!how) return std::nullopt;
  broker_.serve(std::move(fd), how->actor);
  if (how->to_anybody) return admission{std::nullopt, std::move(how->until_gone)};
  return admission{client_rules{.receivers = {how->actor->id()}, .requests = front_requests()},
                   std::move(how->until_gone)};
}

}  // namespace sluice::net
