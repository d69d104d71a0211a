// Notices that the state directory of a running node was removed or replaced.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "runtime/log/logger.hpp"
#include "runtime/node/state_dir.hpp"

namespace sluice::node {

/// Looks every few seconds, and logs changes: an error once, and its end. The state directory
/// outlives it.
class state_watch {
 public:
  state_watch(caf::actor_system& system, const state_dir& state, const log::logger& log);
  ~state_watch();
  state_watch(const state_watch&) = delete;
  state_watch& operator=(const state_watch&) = delete;

 private:
  caf::actor watch_;
};

}  // namespace sluice::node
