#include "runtime/node/state_watch.hpp"

#include <caf/all.hpp>
#include <chrono>
#include <memory>

#include "messages/handlers.hpp"
#include "messages/protocol.hpp"

namespace sluice::node {
namespace {

/// Each look costs only a few system calls.
constexpr std::chrono::seconds glance_at_state{5};

caf::behavior watch_state(caf::event_based_actor* self, const state_dir* state,
                          const log::logger& log) {
  install_handlers(*self, "watch", "state directory");
  const auto told = std::make_shared<error>();
  self->send(self, next_atom_v);
  return {[self, state, told, log](next_atom) {
    auto now = state->look();
    if (now && now != *told) log.error("{}", now.text());
    if (!now && *told) log.info("the state directory is as it was");
    *told = std::move(now);
    self->delayed_send(self, glance_at_state, next_atom_v);
  }};
}

}  // namespace

state_watch::state_watch(caf::actor_system& system, const state_dir& state, const log::logger& log)
    : watch_(system.spawn(watch_state, &state, log)) {}

state_watch::~state_watch() { caf::anon_send_exit(watch_, caf::exit_reason::user_shutdown); }

}  // namespace sluice::node
