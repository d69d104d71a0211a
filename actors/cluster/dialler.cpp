#include "actors/cluster/dialler.hpp"

#include <utility>

#include "messages/handlers.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::actors {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds first_delay = 200ms;
constexpr milliseconds longest_delay = 10s;
/// How often to see whether a link that the other node made is still there.
constexpr milliseconds glance = 1s;
constexpr milliseconds greeting_patience = 5s;

}  // namespace

void dialler_state::look_again(milliseconds after) { self->delayed_send(self, after, next_atom_v); }

void dialler_state::look() {
  if (call) return;  // a link, or one that is being made
  if (node && (*node == args->own_name || args->is_linked(*node))) return look_again(glance);
  dial();
}

void dialler_state::dial() {
  try {
    call = args->dial(args->address, args->stop);
  } catch (...) {
    return give_up(error_from(std::current_exception(), "link with node", args->address));
  }
  node = call->node;
  self->send(args->cluster, answered_atom_v, args->address, *node);
  if (!call->entrance) {
    if (*node == args->own_name) args->log.info("{} is this node itself", args->address);
    call.reset();
    return look_again(glance);
  }
  greet();
}

void dialler_state::greet() {
  const auto entrance = caf::actor_cast<entrance_actor>(call->entrance);
  self->request(entrance, greeting_patience, hello_atom_v, args->version)
      .then([this, entrance](const node_info&) { introduce(entrance); },
            [this](const caf::error& e) { give_up(to_error(e, "link with node")); });
}

void dialler_state::introduce(const entrance_actor& entrance) {
  self->request(args->cluster, greeting_patience, facts_atom_v)
      .then([this, entrance](const introduction& us) { link(us, entrance); },
            [this](const caf::error& e) { give_up(to_error(e, "link with node")); });
}

void dialler_state::link(const introduction& us, const entrance_actor& entrance) {
  self->request(entrance, greeting_patience, join_atom_v, us)
      .then(
          [this](const introduction& them) {
            if (them.facts.info.name != *node || !them.cluster || !them.commands ||
                !them.deliveries)
              return give_up({errc::forbidden, "link with node", args->address,
                              "the certificate is that of node " + *node +
                                  ", the introduction that of " + them.facts.info.name,
                              "give every node its own certificate"});
            call->completed();
            failures = 0;
            complaint.clear();
            other = caf::actor_cast<cluster_actor>(them.cluster);
            self->monitor(other);
            self->send(args->cluster, linked_atom_v, them);
          },
          [this](const caf::error& e) { give_up(to_error(e, "link with node")); });
}

void dialler_state::hang_up() {
  call.reset();
  other = nullptr;
}

void dialler_state::give_up(const error& why) {
  hang_up();
  if (args->stop.stop_requested()) return;
  error told = why;
  if (told.object.empty()) told.object = args->address;
  self->send(args->cluster, failed_atom_v, args->address, told);
  // One failure is nothing to tell: the other node may be about to start, or to dial this one.
  if (auto text = told.text(); ++failures > 1 && text != complaint)
    args->log.warning("{}; tried again until it answers", complaint = std::move(text));
  // Two nodes that dial each other at the same time must not do so again and again.
  look_again(schedule::backoff(failures, {.base = first_delay, .cap = longest_delay},
                               0.5 + args->random() / 2));
}

dialler_actor::behavior_type dialler(dialler_actor::stateful_pointer<dialler_state> self,
                                     dialler_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "link with node", state.args->address);
  self->set_down_handler([self](const caf::down_msg& dm) {
    auto& d = self->state;
    if (!d.other || d.other.address() != dm.source) return;
    d.hang_up();
    d.look_again(first_delay);
  });
  self->send(self, next_atom_v);
  return {[self](next_atom) { self->state.look(); }};
}

}  // namespace sluice::actors
