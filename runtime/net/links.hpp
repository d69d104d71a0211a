// The nodes that this process is connected with. CAF keeps one route to each node and silently
// misroutes messages of a second connection, so each node has at most one connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "messages/names.hpp"

namespace sluice::net {

/// Thread safe. Holds may outlive it.
class links {
 public:
  class hold;

  explicit links(node_name own_name);

  /// To be called before CAF gets a connection that this node made to `node`. `caf_socket` carries
  /// the connection's bytes to CAF, and stays open as long as the hold. Null if there is a
  /// connection with that node, or one is being made.
  std::shared_ptr<hold> dialled(const node_name& node, int caf_socket);
  /// The same for a connection that the other node made. If both make one at the same time, the
  /// connection of the node whose name comes first is kept.
  std::shared_ptr<hold> accepted(const node_name& node, int caf_socket);

  [[nodiscard]] bool connected(const node_name& node) const;
  /// Ends the connection with that node, if there is one: both CAF and the relay see it hang up.
  void cut(const node_name& node);

 private:
  enum class stage : std::uint8_t { dialling, established, accepted };
  struct link {
    stage progress;
    std::uint64_t number;
    int caf_socket;
  };
  struct book {
    mutable std::mutex mutex;
    std::uint64_t last_number = 0;
    std::map<node_name, link> by_node;
  };

  std::shared_ptr<hold> take(const node_name& node, stage progress, int caf_socket);

  node_name own_name_;
  std::shared_ptr<book> book_;
};

/// Keeps one node counted as connected.
class links::hold {
 public:
  hold(std::shared_ptr<book> book, node_name node, std::uint64_t number);
  ~hold();
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;

  /// The nodes have introduced themselves: nothing replaces the connection any more.
  void complete();

 private:
  /// Calls `change` with the entry of the link, if the entry is still about this link.
  template <class Change>
  void with_link(const Change& change);

  std::shared_ptr<book> book_;
  node_name node_;
  std::uint64_t number_;
};

}  // namespace sluice::net
