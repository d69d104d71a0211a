#include "actors/cluster/stand_ins.hpp"

#include <algorithm>

#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

caf::behavior stand_in(caf::event_based_actor* self, const caf::strong_actor_ptr& who) {
  install_handlers(*self, "wait", {});
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->monitor(who);
  return {[](caf::unit_t) {}};  // an actor without a behaviour would end
}

}  // namespace

caf::strong_actor_ptr stand_ins::of(const caf::strong_actor_ptr& who) {
  if (!who) return nullptr;
  auto& one = all_[who->address()];
  if (!one) {
    // The stand-in ends with the actor that needs it, too.
    one = self_->spawn<caf::linked + caf::monitored>(stand_in, who);
  }
  return caf::actor_cast<caf::strong_actor_ptr>(one);
}

void stand_ins::down(const caf::down_msg& dm) {
  std::erase_if(all_, [&](const auto& one) { return one.second.address() == dm.source; });
}

}  // namespace sluice::actors
