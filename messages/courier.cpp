#include "messages/courier.hpp"

#include "messages/any_request.hpp"
#include "messages/handlers.hpp"

namespace sluice {
namespace {

caf::behavior carry(caf::event_based_actor* self, const caf::strong_actor_ptr& watched,
                    const error& when_gone) {
  install_handlers(*self, when_gone.operation, when_gone.object);
  struct state {
    std::function<void(const error&)> fail;
    bool gone = false;
  };
  auto s = std::make_shared<state>();
  self->set_down_handler([s, when_gone](const caf::down_msg&) {
    s->gone = true;
    if (s->fail) std::exchange(s->fail, nullptr)(when_gone);
  });
  self->monitor(watched);
  return {[self, s, when_gone](courier::errand& e) {
    if (s->gone) return e.fail(when_gone);
    s->fail = std::move(e.fail);
    e.ask(self);
  }};
}

}  // namespace

courier::courier(caf::actor_system& system, const caf::strong_actor_ptr& watched, error when_gone)
    : actor_(system.spawn(carry, watched, std::move(when_gone))) {}

courier::~courier() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

void courier::watch(const caf::strong_actor_ptr& another) {
  send({[another](caf::event_based_actor* self) { self->monitor(another); }, [](const error&) {}});
}

pending_answer<caf::message> courier::ask(const caf::strong_actor_ptr& to,
                                          std::optional<std::chrono::milliseconds> limit,
                                          const std::string& operation, caf::message message) {
  pending_answer<caf::message> answer;
  const any_request request{.to = to,
                            .what = std::move(message),
                            .limit = limit ? caf::duration{*limit} : caf::duration{caf::infinite}};
  send({[=](caf::event_based_actor* self) {
          send_request(
              *self, request, [answer](caf::message m) { answer.settle(std::move(m)); },
              [answer, operation](const caf::error& e) { answer.settle(to_error(e, operation)); });
        },
        [answer](const error& e) { answer.settle(e); }});
  return answer;
}

void courier::send(errand e) { caf::anon_send(actor_, std::move(e)); }

}  // namespace sluice
