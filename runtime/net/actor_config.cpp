#include "runtime/net/actor_config.hpp"

#include <caf/io/middleman.hpp>
#include <caf/scheduled_actor.hpp>
#include <chrono>

#include "messages/protocol.hpp"
#include "runtime/net/node_identity.hpp"

namespace sluice::net {

using namespace std::chrono_literals;

actor_config::actor_config(role r) : actor_config(r, {r == role::shim ? 500ms : 10s, 30s}) {}

actor_config::actor_config(role r, const signs_of_life& life) {
  fresh_identity();  // called so that the linker takes node_identity.cpp, which CAF has to find
  configure_protocol(*this);
  load<caf::io::middleman>();
  // Work stealing polls: 390 wake-ups a second of an idle node, and slower round trips.
  set("scheduler.policy", caf::atom("sharing"));
  if (r == role::shim) set("scheduler.max-threads", std::size_t{1});
  set("middleman.heartbeat-interval", caf::timespan{life.every});
  set("middleman.connection-timeout", caf::timespan{life.dead_after});
}

}  // namespace sluice::net
