#include "actors/catalog/history_pruner.hpp"

#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
void history_pruner_state::prune() {
  self->request(args->catalog, catalog_timeout, prune_atom_v, args->now())
      .then(
          [this](bool more) {
            prune_in(more ? between_pieces : std::chrono::milliseconds{between_rounds});
          },
          [this](const caf::error& e) {
            args->log.warning("{}", to_error(e, "forget old history").text());
            prune_in(between_rounds);
          });
}

void history_pruner_state::prune_in(std::chrono::milliseconds delay) {
  self->delayed_send(self, delay, next_atom_v);
}

history_pruner_actor::behavior_type history_pruner(
    history_pruner_actor::stateful_pointer<history_pruner_state> self, history_pruner_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "forget old history", "");
  self->send(self, next_atom_v);
  return {[self](next_atom) { self->state.prune(); }};
}

}  // namespace sluice::actors
