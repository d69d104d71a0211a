// What shims see of a node: it answers for the whole cluster.
#pragma once

#include "actors/common/api_protocol.hpp"

namespace sluice::actors {

/// What whoever asks a front may do.
enum class access : std::uint8_t {
  all,
  questions,  ///< an observer: what would change anything is refused
};

/// What a front is spawned with.
struct front_args {
  node_actor own;  ///< of this node
  cluster_actor cluster;
  access may = access::all;
  /// Another front of this node, which finds out the lists of both: however many ask at a time, one
  /// finding out is under way. Null: it does so itself.
  front_actor lists = {};
  api_actor api = {};  ///< null: the node has no API
};

/// Passes commands about a connection to the node that runs it, or on which it still drains;
/// those about the node to its own.
front_actor::behavior_type front(front_actor::pointer self, const front_args& args);

}  // namespace sluice::actors
