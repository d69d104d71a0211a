#include "actors/node/succession.hpp"

#include "messages/handlers.hpp"

namespace sluice::actors {

void succession_state::ended(const run_record& run) {
  if (run.state != run_state::succeeded) return;
  for (const auto& [follower, leader] : leader_of)
    if (leader == run.connection)
      self->send(caf::actor_cast<supervisor_actor>(follower), due_atom_v);
}

void succession_state::follow(const connection_name& leader) {
  const auto& follower = self->current_sender();
  if (leader.empty()) {
    leader_of.erase(follower->address());
    self->demonitor(follower->address());
  } else if (leader_of.insert_or_assign(follower->address(), leader).second) {
    self->monitor(follower->address());
  }
}

succession_actor::behavior_type succession(
    succession_actor::stateful_pointer<succession_state> self) {
  self->state.self = self;
  install_handlers(*self, "start followers", "");
  self->set_down_handler([self](caf::down_msg& dm) { self->state.leader_of.erase(dm.source); });
  return {
      [self](ended_atom, const run_record& run) { self->state.ended(run); },
      [self](follow_atom, const connection_name& leader) { self->state.follow(leader); },
  };
}

}  // namespace sluice::actors
