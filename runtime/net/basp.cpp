#include "runtime/net/basp.hpp"

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

namespace sluice::net {
namespace {

// CAF keys published actors by port. Here is no port; any number but 0 will do.
constexpr std::uint16_t nominal_port = 1;

}  // namespace

basp::basp(caf::actor_system& system)
    : system_(system),
      broker_(system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {}

void basp::serve(os::unique_fd fd, const caf::strong_actor_ptr& whom) {
  caf::anon_send(broker_, caf::publish_atom_v,
                 system_.middleman().backend().new_scribe(fd.release()), nominal_port, whom,
                 std::set<std::string>{});
}

caf::expected<caf::strong_actor_ptr> basp::connect(os::unique_fd fd,
                                                   std::chrono::milliseconds timeout) {
  caf::expected<caf::strong_actor_ptr> result{caf::sec::cannot_connect_to_node};
  caf::scoped_actor self{system_};
  self->request(broker_, timeout, caf::connect_atom_v,
                system_.middleman().backend().new_scribe(fd.release()), std::uint16_t{0})
      .receive(
          [&](caf::node_id&, caf::strong_actor_ptr& offered, std::set<std::string>&) {
            if (offered)
              result = std::move(offered);
            else
              result = caf::sec::no_actor_published_at_port;
          },
          [&](caf::error& e) { result = std::move(e); });
  return result;
}

void basp::reap_dead_nodes() {
  // Runs in the multiplexer's thread, where the broker lives.
  system_.middleman().backend().post([handle = broker_] {
    auto* broker =
        static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(handle));
    auto& servers = broker->spawn_servers;
    for (auto i = servers.begin(); i != servers.end();) {
      if (broker->instance.tbl().lookup(i->first)) {
        ++i;
        continue;
      }
      caf::anon_send_exit(i->second, caf::exit_reason::kill);
      i = servers.erase(i);
    }
  });
}

}  // namespace sluice::net
