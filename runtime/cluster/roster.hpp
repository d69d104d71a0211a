// The nodes of a cluster, and which of them runs which connection, as one node sees it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/cluster.hpp"

namespace sluice::cluster {

/// Where a connection is run.
struct location {
  bool here = false;
  std::string node;   ///< elsewhere: that node, which is linked; empty if `unavailable` is set
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
  findings configure(std::vector<std::string> own, std::map<std::string, std::string> elsewhere);
  /// What this node drains now, and does not run any more.
  void drain(std::vector<std::string> own);
  /// A node of that name answered at that address.
  void answered(const std::string& address, const std::string& node);
  /// Dialling failed.
  void failed(const std::string& address, error why);
  findings linked(const member_facts& node, timestamp now);
  /// A linked node runs other connections now, and drains these.
  findings updated(const std::string& node, std::vector<std::string> connections,
                   std::vector<std::string> draining = {});
  void lost(const std::string& node, error why, timestamp now);
  /// Another node with the name of a linked one was turned away. Returns an error with a hint,
  /// which `nodes` shows until that link ends.
  error doubled(const std::string& node, timestamp now);

  [[nodiscard]] location find(const std::string& connection) const;
  /// Why a node that is not linked cannot be asked.
  [[nodiscard]] error absence(const std::string& node) const;
  /// Connections of nodes that cannot be asked, with the node's name.
  [[nodiscard]] std::map<std::string, std::string> out_of_reach() const;
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

  [[nodiscard]] bool is_linked(const std::string& node) const;
  /// Where it drains, if nobody is to run it; nothing if it does not.
  [[nodiscard]] std::optional<location> drained_at(const std::string& connection) const;
  [[nodiscard]] std::string address_of(const std::string& node) const;
  /// Nodes that run the connection by their own account, this one included, lost ones not.
  [[nodiscard]] std::vector<std::string> runners(const std::string& connection) const;
  [[nodiscard]] error unreachable(const std::string& connection, const std::string& node) const;
  /// Conflicts that are new since the last call.
  findings new_conflicts();

  member_facts self_;
  std::map<std::string, std::string> elsewhere_;
  std::map<std::string, known_member> members_;             ///< by name
  std::map<std::string, std::string> names_;                ///< by address; empty: no answer yet
  std::map<std::string, error> dialling_;                   ///< by address: the last failure
  std::map<std::string, std::set<std::string>> conflicts_;  ///< connection -> nodes
};

}  // namespace sluice::cluster
