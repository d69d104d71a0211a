// What the nodes of a cluster know of each other, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/row_schema.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice {

/// A node of the cluster, as one of them sees it: what `nodes` prints.
struct node_status {
  node_name node;       ///< empty for an address where nobody has answered yet
  std::string address;  ///< where the answering node reaches this one; empty if not told
  std::string version;  ///< empty if unknown
  link_state link = link_state::unreachable;
  std::optional<timestamp> started_at;
  std::optional<timestamp> since;            ///< of `link`
  std::vector<connection_name> connections;  ///< that the node runs, as far as it said; sorted
  std::vector<connection_name> conflicts;    ///< those that another node runs, too; sorted
  error problem;                             ///< why the node is unreachable, or what else is wrong
  /// Until when the node's certificate is valid; nothing without one.
  std::optional<timestamp> certificate_ends_at = std::nullopt;
  bool ending = false;  ///< it shuts down: connections drain, no run is started any more

  bool operator==(const node_status&) const = default;
};

/// A node, as it introduces itself to another one.
struct member_facts {
  node_info info;
  timestamp started_at;
  std::vector<connection_name> connections;  ///< that it runs
  std::optional<timestamp> certificate_ends_at = std::nullopt;
  /// Connections removed from the configuration; their runs drain, and until then the node answers
  /// for them.
  std::vector<connection_name> draining = {};
};

/// What a node needs to know to deliver the batches of one writer of another node.
struct delivery_order {
  std::string remote_id;  ///< of the remote destination, the same after it reconnects
  connection_name connection;
  run_id run;
  sync_mode mode = sync_mode::upsert;
  row_schema schema;
  std::vector<std::uint64_t> set_fields;  ///< as in mapping::soft_delete
  std::string set_packed;                 ///< the same
  bool tells_answers = false;             ///< as in destinations::delivery_context
  /// The section of the connection's file, as JSON; the delivering node resolves its references.
  std::string destination;
  std::string file;  ///< where the section was read from; relative paths start there
};

}  // namespace sluice
