// Actors of this node that stand for those who wait here for something on another node.
#pragma once

#include <caf/all.hpp>
#include <map>

namespace sluice::actors {

/// One stand-in for each who waits: it ends when they do, and with the node. Another node hears of
/// the end of an actor of this one over the link between both; of a client of this node it would
/// hear nothing. Used by one actor.
class stand_ins {
 public:
  explicit stand_ins(caf::scheduled_actor* self) : self_(self) {}

  /// Who stands for `who`; null for null.
  caf::strong_actor_ptr of(const caf::strong_actor_ptr& who);
  /// Forgets the one that has ended.
  void down(const caf::down_msg& dm);

 private:
  caf::scheduled_actor* self_;
  std::map<caf::actor_addr, caf::actor> all_;  ///< by whom they stand for
};

}  // namespace sluice::actors
