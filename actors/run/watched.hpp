// Actors that are monitored as long as work is done for them.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>

namespace sluice::actors {

/// An actor that is monitored as long as any copy of this lives; null: no actor.
using watched = std::shared_ptr<const caf::actor_addr>;

/// Monitors each actor once, for any number of requests, and only as long as one of them is open,
/// so that a client with many requests does not accumulate monitors. Used by one actor, which
/// outlives the copies.
class watch_list {
 public:
  explicit watch_list(caf::scheduled_actor* self) : self_(self) {}

  /// Null for null.
  watched watch(const caf::strong_actor_ptr& who);

 private:
  caf::scheduled_actor* self_;
  std::map<caf::actor_addr, std::weak_ptr<const caf::actor_addr>> all_;
};

}  // namespace sluice::actors
