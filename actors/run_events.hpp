// Tells whoever is concerned that a run ended: connections that follow another one, and those who
// listen for alerts and metrics.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "messages/protocol.hpp"

namespace sluice::actors {

/// Hears of every run that ended or was skipped. Must neither block nor throw.
using run_listener = std::function<void(const run_ended&)>;

struct run_events_state {
  static inline const char* name = "run events";

  run_events_actor::pointer self = nullptr;
  std::vector<run_listener> listeners;
  std::map<caf::actor_addr, std::string> leader_of;  ///< by follower

  void ended(const run_ended& e);
  void follow(const std::string& leader);
};

run_events_actor::behavior_type run_events(
    run_events_actor::stateful_pointer<run_events_state> self, std::vector<run_listener> listeners);

}  // namespace sluice::actors
