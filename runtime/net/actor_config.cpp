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

void set_handlers(caf::scheduled_actor& self) {
  self.set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const failure& e) {
      return to_caf(e.info());
    } catch (const std::exception& e) {
      return to_caf({errc::internal, "handle message", {}, e.what(), {}});
    } catch (...) {
      return to_caf({errc::internal, "handle message", {}, "an exception of unknown type", {}});
    }
  });
  self.set_default_handler(
      [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
        return caf::sec::unexpected_message;
      });
}

}  // namespace sluice::net
