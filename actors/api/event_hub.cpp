#include "actors/api/event_hub.hpp"

#include <utility>

#include "messages/handlers.hpp"
#include "runtime/api/own_node.hpp"
#include "runtime/api/refusal.hpp"
#include "runtime/api/response.hpp"

namespace sluice::actors {
namespace {

using namespace std::chrono_literals;

constexpr auto between_questions = 500ms;
/// Proxies on the way close what is silent for a minute, some of them sooner.
constexpr auto between_comments = 15s;
/// More than the front takes to find out that a node is silent.
constexpr auto patience = 10s;

error too_many_streams(std::size_t most) {
  return {errc::exhausted,
          "watch",
          {},
          std::to_string(most) + " clients watch already",
          "close a window that is not looked at, or ask for what is shown now and then"};
}

/// The answer to a client for which there is no stream.
web::response refusal(const web::exchange& to, const error& why) {
  return api::to_response(why, to.asked().path);
}

}  // namespace

event_hub_state::~event_hub_state() {
  for (auto& [number, s] : streams) {
    if (s.open)
      s.to->close_stream();
    else
      s.to->respond(
          refusal(*s.to, {errc::shutting_down, "watch", {}, "the node is ending", "ask again"}));
  }
}

void event_hub_state::add(const event_stream& who) {
  if (streams.size() >= args->most_streams)
    return who.to->respond(refusal(*who.to, too_many_streams(args->most_streams)));
  const auto number = ++last_stream;
  auto& s =
      streams.emplace(number, stream{who.to, who.by, who.connection, who.missed}).first->second;
  s.to->on_end([hub = caf::weak_actor_ptr(self->ctrl()), number](web::parting) {
    if (const auto there = caf::actor_cast<caf::strong_actor_ptr>(hub))
      caf::anon_send(caf::actor_cast<event_hub_actor>(there), close_atom_v, number);
  });
  if (known) open(s);
  if (!asking) ask();
  if (!comforting) {
    comforting = true;
    self->delayed_send(self, between_comments, alive_atom_v);
  }
}

void event_hub_state::open(stream& s) {
  s.open = true;
  s.to->open_stream(api::response_of(200, "text/event-stream", {}));
  auto begin = std::string(api::stream_head);
  if (s.missed) begin += api::event_text(api::resync_text, ++last_event);
  s.to->write(std::move(begin));  // whoever has gone is forgotten when the server says so
}

void event_hub_state::ask() {
  asking = true;
  self->request(args->front, patience, command::connections{})
      .then(
          [this](std::vector<connection_status>& now) {
            take(std::move(now));
            ask_for_node();
          },
          [this](const caf::error& e) { fail(e, "list connections"); });
}

void event_hub_state::ask_for_node() {
  self->request(args->front, patience, command::nodes{})
      .then(
          [this](const std::vector<node_status>& nodes) {
            failing = false;
            const auto* const own = api::self_among(nodes);
            if (own != nullptr && known) {
              auto now = api::event_of(*own, *known);
              // Whoever begins to watch asks for the node itself.
              if (!known_node.empty() && known_node != now.text) send(now);
              known_node = std::move(now.text);
            }
            ask_later();
          },
          [this](const caf::error& e) { fail(e, "list nodes"); });
}

void event_hub_state::fail(const caf::error& why, const char* operation) {
  if (!std::exchange(failing, true))
    args->log.warning("clients that watch are told nothing for now: {}",
                      to_error(why, operation).text());
  ask_later();
}

void event_hub_state::take(std::vector<connection_status> now) {
  if (streams.empty()) return;
  show_out();
  if (known) {
    const auto differs = api::changes_between(*known, now);
    for (const auto& event : differs.events) send(event);
    for (const auto& end : differs.missed) ask_for_end(end);
  }
  known = std::move(now);
  for (auto& [number, s] : streams)
    if (!s.open) open(s);
}

void event_hub_state::ask_later() {
  if (streams.empty()) {
    asking = false;
    known.reset();
    known_node.clear();
  } else {
    self->delayed_send(self, between_questions, next_atom_v);
  }
}

void event_hub_state::send(const api::change& what) {
  const auto id = ++last_event;
  const auto whole = api::event_text(what.text, id);
  const auto without_rows = api::event_text(what.without_rows, id);
  std::erase_if(streams, [&](auto& one) {
    auto& s = one.second;
    const bool concerned =
        s.connection.empty() || what.connection.empty() || s.connection == what.connection;
    return s.open && concerned && !s.to->write(s.by->sees_rows ? whole : without_rows);
  });
}

void event_hub_state::ask_for_end(const api::missed_end& of) {
  self->request(args->front, patience, command::await{of.connection, of.run, command::poll_time{0}})
      .then([this](const run_record& run) { send(api::event_of(run)); },
            // Whoever shows the run asks for it in the end.
            [this](const caf::error& e) {
              args->log.debug("the end of a run is told to nobody: {}",
                              to_error(e, "follow run").text());
            });
}

void event_hub_state::show_out() {
  std::erase_if(streams, [&](auto& one) {
    auto& s = one.second;
    if (args->is_welcome(*s.by)) return false;
    if (s.open)
      s.to->close_stream();
    else
      s.to->respond(refusal(*s.to, {errc::forbidden, "watch", {}, "the session has ended", {}}));
    return true;
  });
}

void event_hub_state::comfort() {
  std::erase_if(streams, [](auto& one) {
    return one.second.open && !one.second.to->write(std::string(api::stream_comment));
  });
  comforting = !streams.empty();
  if (comforting) self->delayed_send(self, between_comments, alive_atom_v);
}

void event_hub_state::forget(std::uint64_t which) { streams.erase(which); }

event_hub_actor::behavior_type event_hub(event_hub_actor::stateful_pointer<event_hub_state> self,
                                         event_hub_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "tell what changes", "");
  return {
      [self](const event_stream& who) { self->state.add(who); },
      [self](close_atom, std::uint64_t which) { self->state.forget(which); },
      [self](next_atom) {
        auto& s = self->state;
        if (s.streams.empty())
          s.ask_later();
        else
          s.ask();
      },
      [self](alive_atom) { self->state.comfort(); },
  };
}

}  // namespace sluice::actors
