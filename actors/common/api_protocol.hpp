// What the actors behind the HTTP API tell each other, and what their server tells them: messages
// that never leave the process.
//
// Read an interface as in messages/protocol.hpp.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "messages/cluster_protocol.hpp"

namespace sluice::web {
class exchange;
}
namespace sluice::api {
struct caller;
}

namespace sluice {

/// A request over HTTP, and the handle by which it is answered.
struct web_request {
  std::shared_ptr<web::exchange> from;
};

/// Whom to ask for those who may change things, and for those who may not.
struct api_fronts {
  front_actor operators;
  front_actor observers;
};

/// A client that is told what changes.
struct event_stream {
  std::shared_ptr<web::exchange> to;
  std::shared_ptr<const api::caller> by;
  connection_name connection;  ///< only this one; empty: all
  bool missed = false;     ///< it saw events before, and may have missed some
};

/// The answer to any command.
struct front_answer {
  std::shared_ptr<command::any_answer> what;
};

}  // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::front_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::web_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::api_fronts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::event_stream)

namespace sluice {

/// The EVENT HUB interface: one per node with an API; tells all streams what changes. Never blocks.
using event_hub_actor = caf::typed_actor<
    // From the API: another client watches. It is refused where too many do.
    caf::reacts_to<event_stream>,
    // From a thread of the server: the client of that stream has gone.
    caf::reacts_to<close_atom, std::uint64_t>,
    // INTERNAL: time to ask what is new.
    caf::reacts_to<next_atom>,
    // INTERNAL: time to show the streams that they are alive.
    caf::reacts_to<alive_atom>>;

/// The CLIENT interface: asks the front one question for a client that may hang up; what the
/// question has begun is given up when this one ends.
using client_actor = caf::typed_actor<
    // From the API, once: ask.
    caf::replies_to<next_atom>::with<front_answer>>;

/// The API interface: one per node with an API; asks the front what clients ask over HTTP. It lives
/// as long as the node, since what it starts is withdrawn when it goes. Never blocks.
using api_actor = caf::typed_actor<
    // From the node, before its server listens.
    caf::reacts_to<api_fronts>,
    // From a thread of the server: a client waits.
    caf::reacts_to<web_request>,
    // From the same: that start's answer reached its client (true), or was lost.
    caf::reacts_to<answered_atom, std::uint64_t, bool>,
    // From a front: how whoever asks signs in with the console; true: to change things, too.
    caf::replies_to<command::console, bool>::with<console_code>,
    // From the node, at its end: refuse what still comes, answer what is under way; answers when
    // that is done, or after a moment, how many requests were not answered.
    caf::replies_to<shutdown_atom>::with<std::uint64_t>,
    // INTERNAL: that refusal has waited long enough.
    caf::reacts_to<due_atom, std::uint64_t>,
    // INTERNAL: time to say how many lines like the last ones there were.
    caf::reacts_to<tick_atom>,
    // INTERNAL: the end has taken long enough.
    caf::reacts_to<abandon_atom>>;

}  // namespace sluice
