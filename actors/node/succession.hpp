// Starts the connections that follow another connection, whenever its run has succeeded.
#pragma once

#include <map>
#include <string>

#include "actors/common/protocol.hpp"

namespace sluice::actors {

struct succession_state {
  static inline const char* name = "succession";

  succession_actor::pointer self = nullptr;
  std::map<caf::actor_addr, connection_name> leader_of;  ///< by follower

  void ended(const run_record& run);
  void follow(const connection_name& leader);
};

succession_actor::behavior_type succession(
    succession_actor::stateful_pointer<succession_state> self);

}  // namespace sluice::actors
