#include "runtime/node/node.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
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
#include "runtime/node/end_guard.hpp"
#include "runtime/node/heartbeat.hpp"
#include "runtime/node/http_listener.hpp"
#include "runtime/node/node_actors.hpp"
#include "runtime/node/peers.hpp"
#include "runtime/node/service_manager.hpp"
#include "runtime/node/signals.hpp"
#include "runtime/node/start_guard.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/node/state_watch.hpp"
#include "runtime/node/tls.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/schedule/ulid.hpp"

namespace sluice::node {
namespace {

/// How long the last answers have to get out when the node ends.
constexpr std::chrono::milliseconds farewell{500};
/// What ending takes beside the drains and the requests that are under way: threads that may hang
/// have their time (see active_run::obeys_within), ledgers are settled, alerts are sent.
constexpr std::chrono::milliseconds end_grace = heartbeat::drain_grace;
/// How long the node's own threads have once everything durable is closed.
constexpr std::chrono::milliseconds last_threads{10'000};

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

/// Everything that runs in a node, in the order in which it is started.
struct parts {
  std::optional<caf::actor_system> system;
  std::optional<node_actors> all;
  std::optional<peers> cluster;
  std::optional<net::node_endpoint> endpoint;
  std::optional<heartbeat> beats;
  std::optional<state_watch> watched;
  std::optional<certificate_watch> certificate;
  std::unique_ptr<web::listener> http;
};

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
  end_guard guard(log);
  const service_manager manager(log);
  if (fail_point != nullptr && *fail_point != '\0')
    log.warning("SLUICE_FAIL_POINT is set: this node kills itself at {}", fail_point);

  for (const auto& warning : loaded.warnings) log.warning("{}", config::to_text(warning));

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

  const node_context context{
      .name = config.name,
      .log = log,
      .state = state,
      .ids = std::make_shared<schedule::ulid_generator>(),
      .counts = std::make_shared<metrics::registry>(),
      .ledgers = std::make_shared<ledger::shared_ledgers>(state.scratch_dir()),
      .previews = std::make_shared<actors::preview_permits>(actors::max_previews),
      .hung = std::make_shared<actors::hung_threads>()};
  net::actor_config actor_settings(net::role::node,
                                   {config.heartbeat.every, config.heartbeat.dead_after});
  std::optional<start_guard> starting;
  parts p;
  // Told of every shutdown, whoever asked for it. Any thread.
  const auto end_soon = [&](bool abandon) {
    const auto drains = abandon ? std::chrono::milliseconds{0} : p.all->longest_drain();
    guard.end_within(drains + p.all->longest_request() + end_grace, 1,
                     "connections that do not come to their end");
  };
  try {
    starting.emplace();
    p.system.emplace(actor_settings);
    p.all.emplace(*p.system, config, context, std::move(store), started, manager, end_soon);
    p.cluster.emplace(*p.system, config, p.all->info(), started, p.all->node(), identity, log);
    p.all->tell(p.cluster->cluster());
    context.cluster->set(*p.system, p.cluster->cluster());
    p.endpoint.emplace(
        *p.system, [&](const net::party& who, int way) { return p.cluster->receive(who, way); },
        std::move(open.sockets), std::move(open.doors),
        [log](const std::string& who) { log.warning("{}", who); });
    p.beats.emplace(*p.system, p.all->node(), manager, log);
    p.watched.emplace(*p.system, state, log);
    if (identity) p.certificate.emplace(*p.system, identity->ends_at(), log);
    if (http_port) {
      metrics::node_sample facts{
          config.name, net::own_version(), config.max_running_syncs, started, {}};
      if (identity) facts.certificate_ends_at = identity->ends_at();
      p.http =
          serve_http(std::move(*http_port),
                     {*p.system, p.all->node(), context.counts, std::move(facts), log, [&state] {
                        auto found = state.look();
                        // Without its lock file the directory is still locked.
                        return found.code == errc::state_locked ? error{} : found;
                      }});
      log.info("metrics and health on {}", config.http->url());
    }
    p.cluster->dial();
    start_guard::expect_all_threads();
  } catch (...) {
    // What has been started awaits what has not: the process ends without it. Nothing was begun
    // that the next start would not find as it is.
    log.error("the node cannot start: {}",
              error_from(std::current_exception(), "start node", config.name).text());
    end_guard::leave(1);
  }
  starting.reset();
  ending.watch(
      {.end =
           [&](unsigned count) {
             const auto* const what = count == 1 ? "connections drain" : "drains are given up";
             log.info("ending: {}", what);
             manager.stopping(what);
             if (count == 1) p.beats->draining(p.all->longest_drain());
             end_soon(count > 1);
             caf::anon_send<caf::message_priority::high>(p.all->node(), shutdown_atom_v, count > 1);
           },
       .reload =
           [&] { caf::anon_send<caf::message_priority::high>(p.all->node(), reload_atom_v); }});

  std::string addresses;
  for (const auto& a : config.listen) addresses += " " + a;
  log.info("node {} serves at{}; connections: {}", config.name, addresses,
           config.connections.size());
  std::cout << "ready" << addresses << std::endl;
  manager.ready(fmt::format("serving at{}; connections: {}", addresses, config.connections.size()));

  caf::scoped_actor(*p.system)->wait_for(p.all->node());
  p.endpoint->close(farewell);
  ending.unwatch();
  p.http.reset();
  p.certificate.reset();
  p.watched.reset();
  p.beats.reset();
  p.endpoint.reset();
  p.cluster.reset();
  p.all.reset();  // the catalog is closed
  if (const auto hung = context.hung->count(); hung > 0) {
    log.warning("node {} ended, with {} threads that hang", config.name, hung);
    end_guard::leave(0);
  }
  guard.end_within(last_threads, 0, "threads of previews, deliveries or alerts that hang");
  p.system.reset();
  log.info("node {} ended", config.name);
  return 0;
}

}  // namespace sluice::node
