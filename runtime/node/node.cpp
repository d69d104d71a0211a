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

#include "messages/own_version.hpp"
#include "runtime/config/config.hpp"
#include "runtime/fault/fail_point.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/node_endpoint.hpp"
#include "runtime/node/api_service.hpp"
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
#include "runtime/rowlog/row_log.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/schedule/ulid.hpp"

namespace sluice::node {
namespace {

/// How long the last answers may take to be sent when the node ends.
constexpr std::chrono::milliseconds farewell{500};
/// Time that ending takes beside drains and unfinished requests: threads that may hang have their
/// time (see active_run::obeys_within), ledgers are settled, alerts are sent.
constexpr std::chrono::milliseconds end_grace = heartbeat::drain_grace;
/// How long the node's own threads may take once everything durable is closed.
constexpr std::chrono::milliseconds last_threads{10'000};

/// The listening sockets of a node.
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

/// Opens the catalog; it removes a run's row log together with the run.
std::unique_ptr<catalog::catalog> open_catalog(const config::node_config& config, state_dir& state,
                                               timestamp started) {
  const auto& keep = config.retention;
  auto store = std::make_unique<catalog::catalog>(
      state.path(), started,
      catalog::limits{.keep = {keep.runs, keep.rejected, keep.most_runs},
                      .remove_files = [folder = state.path()](const connection_name& connection,
                                                              const run_id& run) {
                        return rowlog::remove(folder, connection, run);
                      }});
  state.catalog_is_open();
  return store;
}

std::optional<api_opening> api_of(const config::node_config& config) {
  if (!config.api) return std::nullopt;
  return api_opening(config);
}

std::optional<web::listening_port> http_port_of(const config::node_config& config) {
  if (!config.http) return std::nullopt;
  return web::listening_port(config.http->host, config.http->port);
}

/// A node from its start to its end, once the configuration is read and signals wait.
class running_node {
 public:
  /// First takes the lock and the sockets that a second node would not get, before it changes
  /// anything. All arguments must outlive it. Throws `failure`.
  running_node(const config::node_config& config, timestamp started, const log::logger& log,
               end_guard& guard, const service_manager& manager);

  /// Starts all actors and threads. Ends the process if that fails.
  void start();
  /// From now on signals drain the node, or reload its configuration.
  void heed(signals& arriving);
  /// Prints that the node is ready.
  void announce() const;
  /// Returns when the node actor has ended and the last answers are sent.
  void await_end();
  /// Ends all actors and threads; ends the process if threads hang.
  void end();

 private:
  /// Called for every shutdown, by signal or by command. Any thread.
  void end_soon(bool abandon);
  void serve_metrics();

  const config::node_config& config_;
  const timestamp started_;
  const log::logger& log_;
  end_guard& guard_;
  const service_manager& manager_;
  state_dir state_;
  std::shared_ptr<const net::tls_context> identity_;
  openings open_;
  std::optional<web::listening_port> http_port_;
  std::optional<api_opening> api_opening_;
  std::unique_ptr<catalog::catalog> store_;  ///< until the actors have it
  const node_context context_;
  net::actor_config actor_settings_;
  // Everything that runs, in the order in which it is started.
  std::optional<caf::actor_system> system_;
  std::optional<node_actors> actors_;
  std::optional<api_service> api_;
  std::optional<peers> cluster_;
  std::optional<net::node_endpoint> endpoint_;
  std::optional<heartbeat> beats_;
  std::optional<state_watch> watched_;
  std::optional<certificate_watch> certificate_;
  std::unique_ptr<web::listener> http_;
};

running_node::running_node(const config::node_config& config, timestamp started,
                           const log::logger& log, end_guard& guard, const service_manager& manager)
    : config_(config),
      started_(started),
      log_(log),
      guard_(guard),
      manager_(manager),
      state_(config.state_dir),
      identity_(tls_context_of(config)),
      open_(listen_on(config, identity_)),
      http_port_(http_port_of(config)),
      api_opening_(api_of(config)),
      store_(open_catalog(config, state_, started)),
      context_{.name = config.name,
               .log = log,
               .state = state_,
               .ids = std::make_shared<schedule::ulid_generator>(),
               .counts = std::make_shared<metrics::registry>(),
               .ledgers = std::make_shared<ledger::shared_ledgers>(state_.scratch_dir()),
               .previews = std::make_shared<actors::preview_permits>(actors::max_previews),
               .hung = std::make_shared<actors::hung_threads>(),
               .keys = std::make_shared<credentials::keyring>(config.name, state_.credentials_dir(),
                                                              log, config.credentials),
               .accounts = std::make_shared<destinations::accounts>(state_.accounts_dir(), log,
                                                                    config.accounts)},
      actor_settings_(net::role::node, {config.heartbeat.every, config.heartbeat.dead_after}) {}

void running_node::end_soon(bool abandon) {
  const auto drains = abandon ? std::chrono::milliseconds{0} : actors_->longest_drain();
  guard_.end_within(drains + actors_->longest_request() + end_grace, 1,
                    "connections that do not come to their end");
}

void running_node::start() {
  std::optional<start_guard> starting;
  try {
    starting.emplace();
    system_.emplace(actor_settings_);
    actors_.emplace(*system_, config_, context_, std::move(store_), started_, manager_,
                    [this](bool abandon) { end_soon(abandon); });
    if (api_opening_) api_.emplace(*system_, config_, *std::move(api_opening_), log_);
    cluster_.emplace(*system_, config_, actors_->info(), started_, actors_->node(),
                     api_ ? api_->actor() : api_actor{}, identity_, context_.keys,
                     context_.accounts, log_);
    actors_->tell(cluster_->cluster());
    context_.cluster->set(*system_, cluster_->cluster());
    endpoint_.emplace(
        *system_,
        [this](const net::party& who, int caf_socket) {
          return cluster_->receive(who, caf_socket);
        },
        std::move(open_.sockets), std::move(open_.doors),
        [log = log_](const std::string& who) { log.warning("{}", who); });
    beats_.emplace(*system_, actors_->node(), manager_, log_);
    watched_.emplace(*system_, state_, log_);
    if (identity_) certificate_.emplace(*system_, identity_->ends_at(), log_);
    if (http_port_) serve_metrics();
    if (api_) api_->serve(cluster_->fronts());
    cluster_->dial();
    start_guard::expect_all_threads();
  } catch (...) {
    // Started parts would wait for parts that were not started, so the process ends without
    // destructors. Nothing durable has begun yet.
    log_.error("the node cannot start: {}",
               error_from(std::current_exception(), "start node", config_.name).text());
    end_guard::leave(1);
  }
}

void running_node::serve_metrics() {
  metrics::node_sample facts{config_.name, own_version(), config_.max_running_syncs, started_, {}};
  if (identity_) facts.certificate_ends_at = identity_->ends_at();
  http_ = serve_http(*std::move(http_port_),
                     {*system_, actors_->node(), context_.counts, std::move(facts), log_, [this] {
                        auto found = state_.look();
                        // Without its lock file the directory is still locked.
                        return found.code == errc::state_locked ? error{} : found;
                      }});
  log_.info("metrics and health on {}", config_.http->url());
}

void running_node::heed(signals& arriving) {
  arriving.watch(
      {.end =
           [this](unsigned count) {
             const auto* const what = count == 1 ? "connections drain" : "drains are given up";
             log_.info("ending: {}", what);
             manager_.stopping(what);
             if (count == 1) beats_->draining(actors_->longest_drain());
             end_soon(count > 1);
             caf::anon_send<caf::message_priority::high>(actors_->node(),
                                                         command::shutdown{count > 1});
           },
       .reload =
           [this] {
             caf::anon_send<caf::message_priority::high>(actors_->node(), command::reload{});
           }});
}

void running_node::announce() const {
  std::string addresses;
  for (const auto& a : config_.listen) addresses += " " + a;
  log_.info("node {} serves at{}; connections: {}", config_.name, addresses,
            config_.connections.size());
  std::cout << "ready" << addresses << std::endl;
  manager_.ready(
      fmt::format("serving at{}; connections: {}", addresses, config_.connections.size()));
}

void running_node::await_end() {
  caf::scoped_actor(*system_)->wait_for(actors_->node());
  if (api_) api_->close();
  endpoint_->close(farewell);
}

void running_node::end() {
  http_.reset();
  api_.reset();
  certificate_.reset();
  watched_.reset();
  beats_.reset();
  endpoint_.reset();
  cluster_.reset();
  actors_.reset();  // the catalog is closed
  if (const auto hung = context_.hung->count(); hung > 0) {
    log_.warning("node {} ended, with {} threads that hang", config_.name, hung);
    end_guard::leave(0);
  }
  guard_.end_within(last_threads, 0, "threads of previews, deliveries or alerts that hang");
  system_.reset();
  log_.info("node {} ended", config_.name);
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
  signals arriving;
  const log::logger log(config.log);
  end_guard guard(log);
  const service_manager manager(log);
  if (fail_point != nullptr && *fail_point != '\0')
    log.warning("SLUICE_FAIL_POINT is set: this node kills itself at {}", fail_point);
  for (const auto& warning : loaded.warnings) log.warning("{}", config::to_text(warning));

  running_node node(config, started, log, guard, manager);
  node.start();
  node.heed(arriving);
  node.announce();
  node.await_end();
  arriving.unwatch();
  node.end();
  return 0;
}

}  // namespace sluice::node
