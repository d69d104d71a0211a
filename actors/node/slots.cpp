#include "actors/node/slots.hpp"

#include "messages/handlers.hpp"

namespace sluice::actors {

void slots_state::release(const run_id& run) {
  holders.erase(run);
  std::erase_if(queue, [&](const auto& waiting) { return waiting.first.second == run; });
  grant();
}

void slots_state::grant() {
  while (!queue.empty() && holders.size() < limit) {
    auto next = queue.extract(queue.begin());
    holders.insert(next.key().second);
    next.mapped().deliver(true);
  }
}

slots_actor::behavior_type slots(slots_actor::stateful_pointer<slots_state> self,
                                 std::size_t limit) {
  self->state.limit = limit;
  install_handlers(*self, "bound running syncs", "");
  return {
      [self](acquire_atom, const run_id& run, timestamp due) {
        auto promise = self->make_response_promise<bool>();
        self->state.queue.emplace(std::pair{due, run}, promise);
        self->state.grant();
        return promise;
      },
      [self](release_atom, const run_id& run) { self->state.release(run); },
  };
}

}  // namespace sluice::actors
