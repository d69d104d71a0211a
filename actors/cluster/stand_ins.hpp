// Actors of this node that stand for clients who wait here for something on another node.
#pragma once

#include <caf/all.hpp>
#include <map>

namespace sluice::actors {

/// One stand-in for each client that waits; ends with the client, and with this node. A link
/// tells a node of the end of the other node's actors, but not of the end of its clients. Used by
/// one actor.
class stand_ins {
 public:
  explicit stand_ins(caf::scheduled_actor* self) : self_(self) {}

  /// The stand-in of `who`; null for null.
  caf::strong_actor_ptr of(const caf::strong_actor_ptr& who);
  /// Forgets a stand-in that has ended.
  void down(const caf::down_msg& dm);

 private:
  caf::scheduled_actor* self_;
  std::map<caf::actor_addr, caf::actor> all_;  ///< by the client
};

}  // namespace sluice::actors
