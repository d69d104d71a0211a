#include "runtime/node/node.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/fault/fail_point.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/node_endpoint.hpp"
#include "runtime/net/own_version.hpp"
#include "runtime/node/certificate_watch.hpp"
#include "runtime/node/connection_services.hpp"
#include "runtime/node/heartbeat.hpp"
#include "runtime/node/http_listener.hpp"
#include "runtime/node/node_actors.hpp"
#include "runtime/node/peers.hpp"
#include "runtime/node/service_manager.hpp"
#include "runtime/node/signals.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/node/state_watch.hpp"
#include "runtime/node/tls.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/schedule/ulid.hpp"

namespace sluice::node {
namespace {

/// How long the last answers have to get out when the node ends.
constexpr std::chrono::milliseconds farewell{500};

/// What a node listens on.
struct openings {
  std::vector<net::listening_socket> sockets;
  std::vector<net::tcp_door> doors;
};

openings listen_on(const config::node_config& config,
                   const std::shared_ptr<const net::tls_context>& context) {
  openings all;
  for (const auto& text : config.listen) {
    const auto where = net::parse_address(text);
    if (where.is_unix()) {
      all.sockets.emplace_back(where);
    } else {
      all.doors.push_back({net::listening_tcp_socket{where}, where.is_tls() ? context : nullptr});
    }
  }
  return all;
}

}  // namespace

int run_node(const node_options& options) {
  auto loaded = config::load(options.config);
  if (!loaded.config) {
    std::cerr << config::to_text(loaded.problems);
    return 2;
  }
  const auto& config = *loaded.config;
  const auto started = schedule::system_now();
  const auto* const fail_point = std::getenv("SLUICE_FAIL_POINT");
  if (fail_point != nullptr) fault::arm(fail_point);
  ::umask(077);
  signals ending;
  const log::logger log(config.log);
  const service_manager manager(log);
  if (fail_point != nullptr && *fail_point != '\0')
    log.warning("SLUICE_FAIL_POINT is set: this node kills itself at {}", fail_point);

  // First what a second node would be refused by, before it touches anything.
  state_dir state(config.state_dir);
  const auto identity = tls_context_of(config);
  auto open = listen_on(config, identity);
  std::optional<web::listening_port> http_port;
  if (config.http) http_port.emplace(config.http->host, config.http->port);
  const auto& keep = config.retention;
  auto store = std::make_unique<catalog::catalog>(
      state.path(), started, catalog::limits{.keep = {keep.runs, keep.rejected, keep.most_runs}});
  state.catalog_is_open();

  net::actor_config actor_settings(net::role::node,
                                   {config.heartbeat.every, config.heartbeat.dead_after});
  caf::actor_system system(actor_settings);
  const node_context context{
      .name = config.name,
      .log = log,
      .state = state,
      .ids = std::make_shared<schedule::ulid_generator>(),
      .counts = std::make_shared<metrics::registry>(),
      .ledgers = std::make_shared<ledger::shared_ledgers>(state.scratch_dir()),
      .previews = std::make_shared<actors::preview_permits>(actors::max_previews)};
  node_actors all(system, config, context, std::move(store), started, manager);
  peers cluster(system, config, all.info(), started, all.node(), identity, log);
  all.tell(cluster.cluster());
  context.cluster->set(system, cluster.cluster());
  net::node_endpoint endpoint(
      system, [&](const net::party& who, int way) { return cluster.receive(who, way); },
      std::move(open.sockets), std::move(open.doors),
      [log](const std::string& who) { log.warning("{}", who); });
  const heartbeat beats(system, all.node(), manager, log);
  const state_watch watched(system, state, log);
  std::optional<certificate_watch> certificate;
  if (identity) certificate.emplace(system, identity->ends_at(), log);
  std::unique_ptr<web::listener> http;
  if (http_port) {
    metrics::node_sample facts{
        config.name, net::own_version(), config.max_running_syncs, started, {}};
    if (identity) facts.certificate_ends_at = identity->ends_at();
    http = serve_http(std::move(*http_port),
                      {system, all.node(), context.counts, std::move(facts), log, [&state] {
                         auto found = state.look();
                         // Without its lock file the directory is still locked.
                         return found.code == errc::state_locked ? error{} : found;
                       }});
    log.info("metrics and health on {}", config.http->url());
  }
  ending.watch({.end =
                    [&](unsigned count) {
                      const auto* const what =
                          count == 1 ? "connections drain" : "drains are given up";
                      log.info("ending: {}", what);
                      manager.stopping(what);
                      if (count == 1) beats.draining(all.longest_drain());
                      caf::anon_send(all.node(), shutdown_atom_v, count > 1);
                    },
                .reload = [&] { caf::anon_send(all.node(), reload_atom_v); }});

  std::string addresses;
  for (const auto& a : config.listen) addresses += " " + a;
  log.info("node {} serves at{}; connections: {}", config.name, addresses,
           config.connections.size());
  std::cout << "ready" << addresses << std::endl;
  cluster.dial();
  manager.ready(fmt::format("serving at{}; connections: {}", addresses, config.connections.size()));

  caf::scoped_actor self(system);
  self->wait_for(all.node());
  endpoint.close(farewell);
  ending.unwatch();
  log.info("node {} ended", config.name);
  return 0;
}

}  // namespace sluice::node
