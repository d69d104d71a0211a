#include "actors/alerts/alert_poster.hpp"

#include "messages/handlers.hpp"

namespace sluice::actors {

alert_poster_actor::behavior_type alert_poster(
    alert_poster_actor::stateful_pointer<alert_poster_state> self, const schedule::clock& now,
    const std::stop_token& stop) {
  install_handlers(*self, "send alert", "");
  self->state.sender = std::make_unique<alerts::alert_sender>(now);
  return {[self, stop](const alert_attempt& attempt) {
    return self->state.sender->send(*attempt.what, attempt.dropped, stop);
  }};
}

}  // namespace sluice::actors
