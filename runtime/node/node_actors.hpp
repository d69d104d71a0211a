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
  /// Spawns the actors; every configured connection is supervised on return. Announces runs that
  /// the last crash of the node interrupted; the catalog closed them at `started`. `manager` must
  /// outlive the actor system. `ending` is called at every shutdown by the node actor's thread,
  /// with whether the drains are abandoned.
  node_actors(caf::actor_system& system, const config::node_config& config,
              const node_context& context, std::unique_ptr<catalog::catalog> store,
              timestamp started, const service_manager& manager,
              std::function<void(bool abandon)> ending);
  /// Sends waiting alerts for a moment, and closes the catalog. REQUIRES: the node actor and the
  /// supervisors have ended.
  ~node_actors();
  node_actors(const node_actors&) = delete;
  node_actors& operator=(const node_actors&) = delete;

  [[nodiscard]] const node_actor& node() const { return node_; }
  [[nodiscard]] const node_info& info() const { return info_; }
  /// From now on reports changes of this node's connections to `cluster`. Call before a reload can
  /// be requested.
  void tell(const cluster_actor& cluster) { cluster_ = cluster; }
  /// The longest drain time-out of all connections, earlier configurations included: all
  /// connections drain at the same time. Any thread.
  [[nodiscard]] std::chrono::milliseconds longest_drain() const { return longest_drain_; }
  /// The longest time, of all connections, that an unfinished request may take after the drain was
  /// given up. Any thread.
  [[nodiscard]] std::chrono::milliseconds longest_request() const { return longest_request_; }

 private:
  caf::actor_system& system_;
  node_info info_;
  catalog_actor catalog_;
  history_pruner_actor pruner_;
  slots_actor slots_;
  succession_actor succession_;
  alerts_actor alerts_;
  /// Takes the limits of new configurations and keeps the earlier ones, since a run goes on with
  /// its old configuration.
  void take_limits(const actors::services_map& connections);
  std::atomic<std::chrono::milliseconds> longest_drain_{};
  std::atomic<std::chrono::milliseconds> longest_request_{};
  cluster_actor cluster_;
  node_actor node_;
};

}  // namespace sluice::node
