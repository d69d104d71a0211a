// The actors of a node, from the catalog up to the one that peers see.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "actors/node/node.hpp"
#include "messages/cluster_protocol.hpp"
#include "runtime/catalog/catalog.hpp"
#include "runtime/config/config.hpp"
#include "runtime/node/connection_services.hpp"
#include "runtime/node/service_manager.hpp"

namespace sluice::node {

class node_actors {
 public:
  /// Spawns them; every configured connection is supervised when this returns. Runs that the node's
  /// last death interrupted, at `started` by the catalog, are told as such. `manager` must outlive
  /// the actor system. `ending` is told of every shutdown, by the node actor's thread: whether the
  /// drains are abandoned.
  node_actors(caf::actor_system& system, const config::node_config& config,
              const node_context& context, std::unique_ptr<catalog::catalog> store,
              timestamp started, const service_manager& manager,
              std::function<void(bool abandon)> ending);
  /// Sends the alerts that wait, for a moment, and closes the catalog. REQUIRES: the node actor has
  /// ended, and so have the supervisors.
  ~node_actors();
  node_actors(const node_actors&) = delete;
  node_actors& operator=(const node_actors&) = delete;

  [[nodiscard]] const node_actor& node() const { return node_; }
  [[nodiscard]] const node_info& info() const { return info_; }
  /// From now on it is told what this node runs, when that changes. Before anybody can ask for a
  /// reload.
  void tell(const cluster_actor& cluster) { cluster_ = cluster; }
  /// Of all connections, those of earlier configurations included: they drain at the same time. Any
  /// thread.
  [[nodiscard]] std::chrono::milliseconds longest_drain() const { return longest_drain_; }
  /// How long a request that is under way may go on after the drain was given up, of all
  /// connections. Any thread.
  [[nodiscard]] std::chrono::milliseconds longest_request() const { return longest_request_; }

 private:
  caf::actor_system& system_;
  node_info info_;
  catalog_actor catalog_;
  history_pruner_actor pruner_;
  slots_actor slots_;
  succession_actor succession_;
  alerts_actor alerts_;
  /// Of what is configured and what was: what runs goes on as it was.
  void take_limits(const actors::services_map& connections);
  std::atomic<std::chrono::milliseconds> longest_drain_{};
  std::atomic<std::chrono::milliseconds> longest_request_{};
  cluster_actor cluster_;
  node_actor node_;
};

}  // namespace sluice::node
