// The nodes of a cluster, and which of them runs which connection, as one node sees it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/names.hpp"

namespace sluice::cluster {

/// Where a connection is run.
struct location {
  bool here = false;
  node_name node;     ///< elsewhere: that node, which is linked; empty if `unavailable` is set
  error unavailable;  ///< why no node can be asked
};

/// What a change revealed, as lines for the log.
using findings = std::vector<std::string>;

/// Pure bookkeeping; not thread safe.
class roster {
 public:
  /// `peers` are addresses that this node dials.
  roster(member_facts self, std::vector<std::string> peers);

  /// Sets what this node runs (`own`), and which nodes run other connections by its configuration.
  findings configure(std::vector<connection_name> own,
                     std::map<connection_name, node_name> elsewhere);
  /// What this node drains now, and does not run any more.
  void drain(std::vector<connection_name> own);
  /// This node is ending.
  void end() { self_.info.ending = true; }
  /// A node of that name answered at that address.
  void answered(const std::string& address, const node_name& node);
  /// Dialling failed.
  void failed(const std::string& address, error why);
  findings linked(const member_facts& node, timestamp now);
  /// A linked node runs other connections now, and drains these, or is ending.
  findings updated(const node_info& node, std::vector<connection_name> connections,
                   std::vector<connection_name> draining = {});
  void lost(const node_name& node, error why, timestamp now);
  /// Another node with the name of a linked one was turned away. Returns an error with a hint,
  /// which `nodes` shows until that link ends.
  error doubled(const node_name& node, timestamp now);

  [[nodiscard]] location find(const connection_name& connection) const;
  /// Why a node that is not linked cannot be asked.
  [[nodiscard]] error absence(const node_name& node) const;
  /// Connections of nodes that cannot be asked, with the node's name.
  [[nodiscard]] std::map<connection_name, node_name> out_of_reach() const;
  [[nodiscard]] const member_facts& self() const { return self_; }
  /// This node first, then the others by name, then addresses without an answer yet.
  [[nodiscard]] std::vector<node_status> nodes() const;

 private:
  struct known_member {
    member_facts facts;
    bool linked = false;
    timestamp since;
    error problem;
  };

  [[nodiscard]] bool is_linked(const node_name& node) const;
  /// Where it drains, if nobody is to run it; nothing if it does not.
  [[nodiscard]] std::optional<location> drained_at(const connection_name& connection) const;
  [[nodiscard]] std::string address_of(const node_name& node) const;
  /// Nodes that run the connection by their own account, this one included, lost ones not.
  [[nodiscard]] std::vector<node_name> runners(const connection_name& connection) const;
  [[nodiscard]] error unreachable(const connection_name& connection, const node_name& node) const;
  /// Conflicts that are new since the last call.
  findings new_conflicts();

  member_facts self_;
  std::map<connection_name, node_name> elsewhere_;
  std::map<node_name, known_member> members_;                 ///< by name
  std::map<std::string, node_name> names_;                    ///< by address; empty: no answer yet
  std::map<std::string, error> dialling_;                     ///< by address: the last failure
  std::map<connection_name, std::set<node_name>> conflicts_;  ///< connection -> nodes
};

}  // namespace sluice::cluster
