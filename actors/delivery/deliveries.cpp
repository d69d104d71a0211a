#include "actors/delivery/deliveries.hpp"

#include <algorithm>
#include <utility>

#include "actors/common/spawn_blocking.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

struct agent_state {
  static inline const char* name = "delivery";

  std::unique_ptr<destinations::destination> destination;
};
using agent_pointer = delivery_actor::stateful_pointer<agent_state>;

/// An exception of the destination becomes the answer; the delivery goes on.
template <class Reply, class Work>
caf::result<Reply> answer(const std::string& operation, const std::string& object,
                          const Work& work) {
  try {
    return work();
  } catch (...) {
    return to_caf(error_from(std::current_exception(), operation, object));
  }
}

delivery_actor::behavior_type agent(agent_pointer self, const delivery_order& order,
                                    const destinations::destination_factory& make,
                                    const caf::actor_addr& owner, const std::stop_token& stop) {
  install_handlers(*self, "deliver", order.connection);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->monitor(owner);
  return {
      [=](open_atom, const delivery_order& o) {
        return answer<bool>("open destination", o.connection, [&] {
          self->state.destination = make();
          self->state.destination->open(
              {.connection = o.connection,
               .run = o.run,
               .mode = o.mode,
               .schema = o.schema,
               .on_delete = {{o.set_fields.begin(), o.set_fields.end()}, o.set_packed},
               .tells_answers = o.tells_answers},
              stop);
          return true;
        });
      },
      [self](keys_atom) { return self->state.destination->identity().text(); },
      [self, connection = order.connection](const batch& deltas) {
        return answer<batch_outcome>("deliver", connection,
                                     [&] { return self->state.destination->deliver(deltas); });
      },
      [self, connection = order.connection](again_atom, const batch& deltas) {
        return answer<batch_outcome>(
            "deliver", connection, [&] { return self->state.destination->deliver_again(deltas); });
      },
      [self](close_atom) {
        auto warnings = self->state.destination->warnings();
        self->state.destination.reset();
        self->quit();
        return warnings;
      },
  };
}

}  // namespace

bool deliveries_state::delivery::precedes(const delivery_order& later) const {
  return order.connection == later.connection &&
         (order.remote_id == later.remote_id || order.run != later.run);
}

void deliveries_state::delivery::end() {
  stop.request_stop();
  caf::anon_send_exit(agent, caf::exit_reason::user_shutdown);
}

bool deliveries_state::must_wait(const delivery_order& order) const {
  return std::ranges::any_of(open_ones, [&](const delivery& d) { return d.precedes(order); });
}

void deliveries_state::end() {
  ending = true;
  queue.clear();
  for (auto& d : open_ones) d.end();
  quit_if_done();
}

void deliveries_state::quit_if_done() {
  if (ending && open_ones.empty()) self->quit();
}

caf::result<caf::strong_actor_ptr> deliveries_state::open(const delivery_order& order) {
  if (ending)
    return to_caf({errc::unreachable, "open destination", order.connection, "the node is ending",
                   "start it again"});
  waiting w{order, caf::actor_cast<caf::actor_addr>(self->current_sender()),
            self->make_response_promise<caf::strong_actor_ptr>()};
  const auto answer = w.answer;
  if (must_wait(order)) {
    for (auto& d : open_ones)
      if (d.precedes(order)) d.end();
    queue.push_back(std::move(w));
  } else {
    start(std::move(w));
  }
  return answer;
}

void deliveries_state::start(waiting w) {
  auto& shared_by_all = factories[w.order.connection];
  try {
    if (!shared_by_all.make || shared_by_all.destination != w.order.destination)
      shared_by_all = {w.order.destination, args->make_factory(w.order)};
  } catch (...) {
    w.answer.deliver(
        to_caf(error_from(std::current_exception(), "open destination", w.order.connection)));
    return;
  }
  std::stop_source stop;
  const auto spawned = spawn_blocking<caf::monitored>(
      *self, args->own_threads, agent, w.order, shared_by_all.make, w.owner, stop.get_token());
  self->monitor(w.owner);
  open_ones.push_back({spawned, w.owner, w.order, stop});
  self->request(spawned, caf::infinite, open_atom_v, w.order)
      .then([spawned, promise = w.answer](
                bool) mutable { promise.deliver(caf::actor_cast<caf::strong_actor_ptr>(spawned)); },
            [spawned, promise = w.answer](caf::error& e) mutable {
              caf::anon_send_exit(spawned, caf::exit_reason::user_shutdown);
              promise.deliver(std::move(e));
            });
}

void deliveries_state::down(const caf::down_msg& dm) {
  const auto ended = std::ranges::find_if(
      open_ones, [&](const delivery& d) { return d.agent.address() == dm.source; });
  if (ended != open_ones.end()) {
    open_ones.erase(ended);
    if (ending) return quit_if_done();
    for (auto w = queue.begin(); w != queue.end();) {
      if (must_wait(w->order)) {
        ++w;
        continue;
      }
      auto next = std::move(*w);
      w = queue.erase(w);
      start(std::move(next));
    }
    return;
  }
  // The node was lost or the writer has gone. The stop token interrupts a delivery that blocks.
  for (auto& d : open_ones)
    if (d.owner == dm.source) d.stop.request_stop();
  std::erase_if(queue, [&](const waiting& w) { return w.owner == dm.source; });
}

deliveries_actor::behavior_type deliveries(
    deliveries_actor::stateful_pointer<deliveries_state> self,
    std::shared_ptr<deliveries_args> args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "deliver for other nodes", {});
  self->set_down_handler([self](const caf::down_msg& dm) { self->state.down(dm); });
  self->set_exit_handler([self](const caf::exit_msg&) { self->state.end(); });
  return {
      [self](open_atom, const delivery_order& order) { return self->state.open(order); },
      [self](abandon_atom, const std::string& remote_id) {
        for (auto& d : self->state.open_ones)
          if (d.order.remote_id == remote_id) d.stop.request_stop();
      },
  };
}

}  // namespace sluice::actors
