// A destination that another node of the cluster holds.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "messages/cluster_protocol.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::actors {

/// The cluster actor, once it is there. Shared by all connections of a node. Thread safe.
class cluster_access {
 public:
  struct handles {
    caf::actor_system* system;
    cluster_actor cluster;
  };

  void set(caf::actor_system& system, cluster_actor cluster) {
    const std::lock_guard lock(mutex_);
    handles_ = handles{&system, std::move(cluster)};
  }
  [[nodiscard]] std::optional<handles> get() const {
    const std::lock_guard lock(mutex_);
    return handles_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<handles> handles_;
};

/// Delivers through the node that `config.delivery.on` names. That node, or the link with it, may
/// be lost: batches whose fate is then unknown are delivered again when it is back. After
/// `give_up_after` the destination has failed. `new_id` makes ids that are unique in the cluster.
destinations::destination_factory deliver_on(const config::connection_config& config,
                                             std::shared_ptr<const cluster_access> access,
                                             std::function<std::string()> new_id,
                                             const log::logger& log);

}  // namespace sluice::actors
