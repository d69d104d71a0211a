// What shims see of a node: the front answers for the whole cluster.
#pragma once

#include "actors/common/api_protocol.hpp"

namespace sluice::actors {

/// What the clients of a front may do.
enum class access : std::uint8_t {
  all,
  questions,  ///< of observers: commands that change something are refused
};

/// What a front is spawned with.
struct front_args {
  node_actor own;  ///< of this node
  cluster_actor cluster;
  access may = access::all;
  /// Another front of this node, which collects the lists for both: however many ask at a time, the
  /// nodes are asked once. Null: the front collects them itself.
  front_actor lists = {};
  api_actor api = {};  ///< null: the node has no API
};

/// Passes commands about a connection to the node that runs the connection or still drains it, and
/// commands about a node to its own.
front_actor::behavior_type front(front_actor::pointer self, const front_args& args);

}  // namespace sluice::actors
