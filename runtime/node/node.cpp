#include "runtime/node/node.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/catalog_keeper.hpp"
#include "actors/history_pruner.hpp"
#include "actors/node.hpp"
#include "actors/run_events.hpp"
#include "actors/slots.hpp"
#include "runtime/config/config.hpp"
#include "runtime/fault/fail_point.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/node_endpoint.hpp"
#include "runtime/net/version.hpp"
#include "runtime/node/connection_services.hpp"
#include "runtime/node/heartbeat.hpp"
#include "runtime/node/http_listener.hpp"
#include "runtime/node/service_manager.hpp"
#include "runtime/node/signals.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/schedule/ulid.hpp"

namespace sluice::node {
namespace {

/// How long the last answers have to get out when the node ends.
constexpr std::chrono::milliseconds farewell{500};

std::vector<net::listening_socket> listen_on(const std::vector<std::string>& addresses) {
  std::vector<net::listening_socket> sockets;
  sockets.reserve(addresses.size());
  for (const auto& text : addresses) sockets.emplace_back(net::parse_address(text));
  return sockets;
}

/// What the catalog holds about connections, by name.
std::map<std::string, connection_entry> entries_of(catalog::catalog& store) {
  std::map<std::string, connection_entry> entries;
  for (auto& e : store.load_all()) {
    auto name = e.memory.connection;
    entries.emplace(std::move(name), std::move(e));
  }
  return entries;
}

actors::services_map services_of(const config::node_config& config, const node_context& context) {
  actors::services_map services;
  for (const auto& [name, connection] : config.connections)
    services.emplace(name, connection_services(connection, context));
  return services;
}

/// How long the drains of all connections take at the most: they drain at the same time.
std::chrono::milliseconds longest_drain(const actors::services_map& connections) {
  std::chrono::milliseconds longest{0};
  for (const auto& [name, services] : connections)
    longest = std::max(longest, services->config.delivery.drain_timeout);
  return longest;
}

/// What a reload cannot change, if it was changed.
std::vector<std::string> fixed_settings(const config::node_config& now,
                                        const config::node_config& next) {
  std::vector<std::string> warnings;
  const auto compare = [&](const char* key, const auto& a, const auto& b) {
    if (!(a == b))
      warnings.push_back(std::string("\"") + key +
                         "\" was changed: it takes effect when the node is restarted");
  };
  compare("node", now.name, next.name);
  compare("listen", now.listen, next.listen);
  compare("http", now.http, next.http);
  compare("state_dir", now.state_dir, next.state_dir);
  compare("max_running_syncs", now.max_running_syncs, next.max_running_syncs);
  compare("log", now.log, next.log);
  compare("retention", now.retention, next.retention);
  return warnings;
}

/// Reads the configuration that the node was started with once more.
actors::new_configuration read_again(const config::node_config& started,
                                     const node_context& context) {
  actors::new_configuration out;
  const auto loaded = config::load(started.file);
  for (const auto& problem : loaded.problems) out.problems.push_back(config::to_text(problem));
  if (!loaded.config) return out;
  out.connections = services_of(*loaded.config, context);
  out.warnings = fixed_settings(started, *loaded.config);
  return out;
}

void log_reload(const log::logger& log, const reload_report& r) {
  for (const auto& problem : r.problems) log.error("not reloaded: {}", problem);
  if (!r.problems.empty()) return;
  for (const auto& warning : r.warnings) log.warning("{}", warning);
  log.info("reloaded: {} connections added, {} removed, {} changed ({} runs stopped), {} as before",
           r.added.size(), r.removed.size(), r.changed.size(), r.restarting.size(), r.unchanged);
}

/// The actors of a node, from the catalog up to the one that peers see.
class node_actors {
 public:
  node_actors(caf::actor_system& system, const config::node_config& config,
              const node_context& context, std::unique_ptr<catalog::catalog> store,
              const service_manager& manager) {
    auto known = entries_of(*store);
    catalog_ = system.spawn<caf::detached>(
        actors::catalog_keeper,
        std::make_shared<std::unique_ptr<catalog::catalog>>(std::move(store)));
    pruner_ =
        system.spawn(actors::history_pruner,
                     actors::history_pruner_args{catalog_, schedule::system_now, context.log});
    slots_ = system.spawn(actors::slots, std::size_t{config.max_running_syncs});
    const auto count = [counts = context.counts](const run_ended& e) { counts->ended(e.run); };
    events_ = system.spawn(actors::run_events, std::vector<actors::run_listener>{count});
    actors::node_args args;
    args.info = {config.name, net::own_version(), static_cast<std::uint64_t>(::getpid())};
    args.connections = services_of(config, context);
    longest_drain_ = node::longest_drain(args.connections);
    args.known = std::move(known);
    args.catalog = catalog_;
    args.slots = slots_;
    args.events = events_;
    args.read_configuration = [this, config, context, &manager] {
      manager.reloading();
      auto next = read_again(config, context);
      // What runs goes on as it was, so that the longest drain only becomes longer.
      longest_drain_ = std::max(longest_drain_.load(), node::longest_drain(next.connections));
      return next;
    };
    args.reloaded = [log = context.log, &manager](const reload_report& report) {
      log_reload(log, report);
      manager.ready(report.problems.empty() ? "reloaded" : "not reloaded: see the log");
    };
    node_ = system.spawn(actors::node, std::move(args));
  }
  /// REQUIRES: the node actor has ended, and so have the supervisors.
  ~node_actors() {
    caf::anon_send_exit(events_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(pruner_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(slots_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(catalog_, caf::exit_reason::user_shutdown);
  }
  node_actors(const node_actors&) = delete;
  node_actors& operator=(const node_actors&) = delete;

  [[nodiscard]] const node_actor& node() const { return node_; }
  /// Of all connections, those of earlier configurations included. Any thread.
  [[nodiscard]] std::chrono::milliseconds longest_drain() const { return longest_drain_; }

 private:
  catalog_actor catalog_;
  history_pruner_actor pruner_;
  slots_actor slots_;
  run_events_actor events_;
  std::atomic<std::chrono::milliseconds> longest_drain_;
  node_actor node_;
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
  const service_manager manager(log);
  if (fail_point != nullptr && *fail_point != '\0')
    log.warning("SLUICE_FAIL_POINT is set: this node kills itself at {}", fail_point);

  // First what a second node would be refused by, before it touches anything.
  const state_dir state(config.state_dir);
  auto sockets = listen_on(config.listen);
  std::optional<web::listening_port> http_port;
  if (config.http) http_port.emplace(config.http->host, config.http->port);
  const auto& keep = config.retention;
  auto store = std::make_unique<catalog::catalog>(
      state.path(), schedule::system_now(),
      catalog::limits{.keep = {keep.runs, keep.rejected, keep.most_runs}});

  net::actor_config actor_settings(net::role::node);
  caf::actor_system system(actor_settings);
  const node_context context{config.name, log, state, std::make_shared<schedule::ulid_generator>(),
                             std::make_shared<metrics::registry>()};
  const node_actors all(system, config, context, std::move(store), manager);
  net::node_endpoint endpoint(system, all.node(), std::move(sockets),
                              [log](const std::string& who) { log.warning("{}", who); });
  const heartbeat beats(system, all.node(), manager, log);
  std::unique_ptr<web::listener> http;
  if (http_port) {
    metrics::node_sample facts{
        config.name, net::own_version(), config.max_running_syncs, started, {}};
    http = serve_http(std::move(*http_port),
                      {system, all.node(), context.counts, std::move(facts), log});
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
  log.info("node {} serves {} connections on{}", config.name, config.connections.size(), addresses);
  std::cout << "ready" << addresses << std::endl;
  manager.ready(fmt::format("serving {} connections on{}", config.connections.size(), addresses));

  caf::scoped_actor self(system);
  self->wait_for(all.node());
  endpoint.close(farewell);
  log.info("node {} ended", config.name);
  return 0;
}

}  // namespace sluice::node
