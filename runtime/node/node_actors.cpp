#include "runtime/node/node_actors.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "actors/alerts/alerts.hpp"
#include "actors/catalog/catalog_keeper.hpp"
#include "actors/catalog/history_pruner.hpp"
#include "actors/node/node.hpp"
#include "actors/node/slots.hpp"
#include "actors/node/succession.hpp"
#include "messages/own_version.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/node/names_of.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::node {
namespace {

/// How long waiting alerts may delay the end of a node; the alerts actor has a shorter limit
/// itself.
constexpr std::chrono::seconds alerts_farewell{5};

/// The catalog's entries of connections, by name.
std::map<connection_name, connection_entry> entries_of(catalog::catalog& store) {
  std::map<connection_name, connection_entry> entries;
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

/// Announces the runs that the catalog, opened at `opened`, closed as interrupted.
void tell_interrupted(const std::map<connection_name, connection_entry>& known,
                      const actors::services_map& connections, timestamp opened) {
  for (const auto& [name, services] : connections) {
    const auto entry = known.find(name);
    if (entry == known.end() || !entry->second.last_run) continue;
    const auto& run = *entry->second.last_run;
    if (run.state == run_state::interrupted && run.finished_at == opened) services->announce({run});
  }
}

/// The changed settings that a reload cannot apply.
std::vector<std::string> fixed_settings(const config::node_config& now,
                                        const config::node_config& next) {
  std::vector<std::string> warnings;
  for (const auto& key : config::changed_fixed_settings(now, next))
    warnings.push_back("\"" + key + "\" was changed: it takes effect when the node is restarted");
  return warnings;
}

/// Reads the configuration files of the node again. `elsewhere` gets the connections that other
/// nodes run.
actors::new_configuration read_again(const config::node_config& started,
                                     const node_context& context,
                                     std::map<connection_name, node_name>& elsewhere) {
  actors::new_configuration out;
  const auto loaded = config::load(started.file);
  for (const auto& problem : loaded.problems) out.problems.push_back(config::to_text(problem));
  if (!loaded.config) return out;
  for (const auto& warning : loaded.warnings) context.log.warning("{}", config::to_text(warning));
  context.keys->configure(loaded.config->credentials);
  context.accounts->configure(loaded.config->accounts);
  out.connections = services_of(*loaded.config, context);
  elsewhere = loaded.config->elsewhere;
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

}  // namespace

node_actors::node_actors(caf::actor_system& system, const config::node_config& config,
                         const node_context& shared, std::unique_ptr<catalog::catalog> store,
                         timestamp started, const service_manager& manager,
                         std::function<void(bool abandon)> ending)
    : system_(system), info_{config.name, own_version(), static_cast<std::uint64_t>(::getpid())} {
  auto known = entries_of(*store);
  catalog_ = system.spawn<caf::detached>(
      actors::catalog_keeper,
      std::make_shared<std::unique_ptr<catalog::catalog>>(std::move(store)));
  pruner_ = system.spawn(actors::history_pruner,
                         actors::history_pruner_args{catalog_, schedule::system_now, shared.log});
  slots_ = system.spawn(actors::slots, std::size_t{config.max_running_syncs});
  succession_ = system.spawn(actors::succession);
  alerts_ = system.spawn(actors::alerts,
                         actors::make_alerts_args(config.name, shared.log,
                                                  [ids = shared.ids] { return ids->next(); }));
  auto context = shared;
  context.alerts = alerts_;

  actors::node_args args;
  args.info = info_;
  args.connections = services_of(config, context);
  tell_interrupted(known, args.connections, started);
  take_limits(args.connections);
  args.known = std::move(known);
  args.catalog = catalog_;
  args.slots = slots_;
  args.succession = succession_;
  args.list_credentials = [keys = context.keys] { return keys->list(); };
  args.read_configuration = [this, config, context, &manager] {
    manager.reloading();
    std::map<connection_name, node_name> elsewhere;
    auto next = read_again(config, context, elsewhere);
    if (next.problems.empty())
      caf::anon_send(cluster_, update_atom_v, names_of(next.connections), std::move(elsewhere));
    take_limits(next.connections);
    return next;
  };
  args.reloaded = [log = context.log, &manager](const reload_report& report) {
    log_reload(log, report);
    manager.ready(report.problems.empty() ? "reloaded" : "not reloaded: see the log");
  };
  args.draining = [this](std::vector<connection_name> connections) {
    caf::anon_send(cluster_, drain_atom_v, std::move(connections));
  };
  args.ending = [this, ending = std::move(ending)](bool abandon) {
    caf::anon_send(cluster_, shutdown_atom_v);
    ending(abandon);
  };
  node_ = system.spawn(actors::node, std::move(args));
}

void node_actors::take_limits(const actors::services_map& connections) {
  const auto raise = [](auto& longest, std::chrono::milliseconds x) {
    longest = std::max(longest.load(), x);
  };
  for (const auto& [name, services] : connections) {
    const auto& config = services->config;
    raise(longest_drain_, config.delivery.drain_timeout);
    raise(longest_request_, config::request_timeout(config.destination));
  }
}

node_actors::~node_actors() {
  // This message arrives behind everything that supervisors sent before they ended.
  caf::scoped_actor self(system_);
  self->request(alerts_, alerts_farewell, shutdown_atom_v)
      .receive([](std::uint64_t) {}, [](const caf::error&) {});
  caf::anon_send_exit(alerts_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(succession_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(pruner_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(slots_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(catalog_, caf::exit_reason::user_shutdown);
  self->wait_for(catalog_);
}

}  // namespace sluice::node
