// Actors whose end matters as long as something is done for them.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>

namespace sluice::actors {

/// An actor that is monitored as long as any copy of this lives; null: nobody.
using watched = std::shared_ptr<const caf::actor_addr>;

/// Monitors each actor once, however much is done for it, and no longer than that: one that asks
/// for as long as the node lives leaves nothing behind. Used by one actor, which outlives what it
/// watches.
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
