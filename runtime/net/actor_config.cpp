#include "runtime/net/actor_config.hpp"

#include <caf/io/middleman.hpp>
#include <caf/scheduled_actor.hpp>
#include <chrono>

#include "messages/protocol.hpp"
#include "runtime/net/node_identity.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

// CAF cuts off a peer that it has not heard of for the time-out, so both sides need both.
constexpr caf::timespan heartbeat_interval = 10s;
constexpr caf::timespan connection_timeout = 30s;

}  // namespace

actor_config::actor_config(role r) {
  fresh_identity();  // a use, so that the linker takes node_identity.cpp, which CAF has to find
  configure_protocol(*this);
  load<caf::io::middleman>();
  // Work stealing polls: 390 wake-ups a second of an idle node, and slower round trips.
  set("scheduler.policy", caf::atom("sharing"));
  if (r == role::shim) set("scheduler.max-threads", std::size_t{1});
  set("middleman.heartbeat-interval", heartbeat_interval);
  set("middleman.connection-timeout", connection_timeout);
}

}  // namespace sluice::net
