// What a node knows of the other nodes of its cluster, and their handles.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "messages/cluster_protocol.hpp"
#include "runtime/cluster/roster.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::actors {

/// What a cluster actor is spawned with.
struct cluster_args {
  cluster::roster roster;
  node_actor own;
  deliveries_actor deliveries;
  log::logger log;
  std::function<timestamp()> now;
  /// Ends the connection with that node. Any thread.
  std::function<void(const node_name&)> cut;
};

struct cluster_state {
  static inline const char* name = "cluster";

  /// A linked node.
  struct member {
    node_actor commands;
    cluster_actor cluster;
    caf::strong_actor_ptr deliveries;
    timestamp since = {};
    /// How often somebody of its name called although this one is linked and answers.
    unsigned doubles = 0;
  };

  cluster_actor::pointer self = nullptr;
  std::shared_ptr<cluster_args> args;
  std::map<node_name, member> members;

  [[nodiscard]] introduction introduce() const;
  void link(const introduction& who);
  void update(const node_info& node, std::vector<connection_name> connections,
              std::vector<connection_name> draining);
  void configure(std::vector<connection_name> own, std::map<connection_name, node_name> elsewhere);
  void drain(std::vector<connection_name> own);
  void end();
  [[nodiscard]] whereabouts find(const connection_name& connection) const;
  [[nodiscard]] delivery_place place_of(const node_name& node) const;
  [[nodiscard]] reachable_nodes reachable() const;
  /// Somebody of the name of a linked node has called. Asks that one for a sign of life, and cuts
  /// the connection with it if none comes. If it answers, again and again, there are two of them.
  void probe(const node_name& node);
  void count_double(const node_name& node, member& m);
  void down(const caf::down_msg& dm);
  void report(const cluster::findings& found) const;
  /// What this node runs and drains, and whether it is ending.
  void tell_others();
};

cluster_actor::behavior_type cluster_node(cluster_actor::stateful_pointer<cluster_state> self,
                                          std::shared_ptr<cluster_args> args);

/// What one other node sees of this one until it is linked. `node` is who it is, by its
/// certificate; `version` that of this node.
entrance_actor::behavior_type entrance(entrance_actor::pointer self, const node_name& node,
                                       const node_info& info, const cluster_actor& cluster);

}  // namespace sluice::actors
