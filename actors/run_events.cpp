#include "actors/run_events.hpp"

#include <utility>

#include "messages/handlers.hpp"

namespace sluice::actors {

void run_events_state::ended(const run_ended& e) {
  for (const auto& tell : listeners) tell(e);
  if (e.run.state != run_state::succeeded) return;
  for (const auto& [follower, leader] : leader_of)
    if (leader == e.run.connection)
      self->send(caf::actor_cast<supervisor_actor>(follower), due_atom_v);
}

void run_events_state::follow(const std::string& leader) {
  const auto& follower = self->current_sender();
  if (leader.empty()) {
    leader_of.erase(follower->address());
    self->demonitor(follower->address());
  } else if (leader_of.insert_or_assign(follower->address(), leader).second) {
    self->monitor(follower->address());
  }
}

run_events_actor::behavior_type run_events(
    run_events_actor::stateful_pointer<run_events_state> self,
    std::vector<run_listener> listeners) {
  self->state.self = self;
  self->state.listeners = std::move(listeners);
  install_handlers(*self, "tell of ended runs", "");
  self->set_down_handler([self](caf::down_msg& dm) { self->state.leader_of.erase(dm.source); });
  return {
      [self](ended_atom, const run_ended& e) { self->state.ended(e); },
      [self](follow_atom, const std::string& leader) { self->state.follow(leader); },
  };
}

}  // namespace sluice::actors
