// Actors that block.
#pragma once

#include <caf/all.hpp>
#include <utility>

namespace sluice::actors {

/// Spawns an actor that blocks, with a thread of its own; without one on a test's coordinator
/// (`own_threads` is false), since real threads know no virtual time.
template <caf::spawn_options Options = caf::no_spawn_options, class F, class... Args>
auto spawn_blocking(caf::local_actor& self, bool own_threads, F behaviour, Args&&... args) {
  return own_threads ? self.spawn<caf::detached + Options>(behaviour, std::forward<Args>(args)...)
                     : self.spawn<Options>(behaviour, std::forward<Args>(args)...);
}

}  // namespace sluice::actors
