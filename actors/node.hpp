// The one actor of a process that shims and other nodes see: it finds the supervisor and passes on.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "messages/protocol.hpp"

namespace sluice::actors {

/// What a node actor is spawned with.
struct node_args {
  node_info info;
  std::map<std::string, supervisor_actor> supervisors;  ///< by connection name
};

struct node_state {
  static inline const char* name = "node";

  node_actor::pointer self = nullptr;
  node_info info;
  std::map<std::string, supervisor_actor> supervisors;
  std::map<std::string, error> broken;  ///< connections whose supervisor crashed, and why
  bool ending = false;

  /// The supervisor of that connection, or why there is none.
  [[nodiscard]] const supervisor_actor* find(const std::string& connection) const;
  [[nodiscard]] caf::error missing(const std::string& connection) const;
  caf::result<node_info> hello(const std::string& version) const;
  caf::result<std::vector<connection_status>> list();
  caf::result<std::uint32_t> shutdown(bool abandon);
  void down(const caf::down_msg& dm);

  /// Passes a message on to the supervisor of `connection`, who answers in the node's place.
  template <class Reply, class... Args>
  caf::result<Reply> forward(const std::string& connection, Args&&... args) {
    const auto* to = find(connection);
    if (to == nullptr) return missing(connection);
    self->delegate(*to, std::forward<Args>(args)...);
    return caf::delegated<Reply>{};
  }
};

/// Quits once it was told to shut down and every supervisor is done.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_args args);

}  // namespace sluice::actors
