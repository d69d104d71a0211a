// A node's part in its cluster: the actors that link it with other nodes, and the actors that
// answer incoming clients.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/common/api_protocol.hpp"
#include "messages/cluster_protocol.hpp"
#include "runtime/config/config.hpp"
#include "runtime/credentials/keyring.hpp"
#include "runtime/destinations/http/accounts.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/net/basp.hpp"
#include "runtime/net/links.hpp"
#include "runtime/net/node_endpoint.hpp"
#include "runtime/net/tls_channel.hpp"

namespace sluice::node {

class peers {
 public:
  /// Dials no node yet. `own` answers for the connections of this node, `api`, if there is one, for
  /// its API. `keys` and `accounts`: for deliveries.
  peers(caf::actor_system& system, const config::node_config& config, const node_info& info,
        timestamp started, const node_actor& own, api_actor api,
        std::shared_ptr<const net::tls_context> context,
        const std::shared_ptr<credentials::keyring>& keys,
        const std::shared_ptr<destinations::accounts>& accounts, const log::logger& log);
  /// Hangs up.
  ~peers();
  peers(const peers&) = delete;
  peers& operator=(const peers&) = delete;

  /// Begins to dial the configured peers; call it when this node can answer.
  void dial();
  /// The actor that answers a client, by the client's rights. Any thread.
  [[nodiscard]] std::optional<net::reception> receive(const net::party& who, int caf_socket) const;
  [[nodiscard]] const cluster_actor& cluster() const { return cluster_; }
  /// Who answers whoever asks over HTTP.
  [[nodiscard]] api_fronts fronts() const { return {front_, observers_front_}; }

 private:
  [[nodiscard]] front_actor spawn_observers_front() const;

  caf::actor_system& system_;
  const config::node_config& config_;
  node_info info_;
  node_actor own_;
  api_actor api_;
  std::shared_ptr<const net::tls_context> context_;
  log::logger log_;
  std::shared_ptr<net::links> links_;
  net::basp broker_;
  std::stop_source stop_;
  deliveries_actor deliveries_;
  cluster_actor cluster_;
  front_actor front_;
  front_actor observers_front_;
  std::vector<dialler_actor> diallers_;
};

}  // namespace sluice::node
