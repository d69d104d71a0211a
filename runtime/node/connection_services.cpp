#include "runtime/node/connection_services.hpp"

#include <utility>

#include "runtime/schedule/clock.hpp"

namespace sluice::node {

std::shared_ptr<const actors::run_services> connection_services(
    const config::connection_config& config, const node_context& node) {
  actors::run_services s{.config = config,
                         .node = node.name,
                         .log = node.log.about({config.name, {}}),
                         .scratch_dir = node.state.scratch_dir()};
  s.open_model = [config](std::stop_token stop) {
    return source::open_model(config.name, config.source, std::move(stop));
  };
  const auto directory = node.state.ledger_dir(config.name);
  s.open_ledger = [config, directory, ledgers = node.ledgers](const std::stop_token& stop) {
    return ledgers->open(directory, config.ledger_identity(), stop);
  };
  s.look_at_ledger = [config, directory, ledgers = node.ledgers](const std::stop_token& stop) {
    return ledgers->look(directory, config.ledger_identity(), stop);
  };
  for (const auto& [other, owner] : config.known_of)
    s.look_at_others.emplace(other, [owner, directory = node.state.ledger_dir(other),
                                     ledgers = node.ledgers](const std::stop_token& stop) {
      return ledgers->look(directory, owner.identity(), stop);
    });
  s.forget_ledger = [directory, ledgers = node.ledgers] { ledgers->set_aside(directory); };
  s.activity = node.counts->activity_of(config.name);
  const auto& on = config.delivery.on;
  s.make_destination =
      on.empty() || on == node.name
          ? destinations::make_factory(config.destination, s.log, s.activity, node.keys,
                                       node.accounts)
          : actors::deliver_on(
                config, node.cluster, [ids = node.ids] { return ids->next(); }, s.log);
  s.now = schedule::system_now;
  s.previews = node.previews;
  s.hung = node.hung;
  s.new_run_id = [ids = node.ids] { return run_id(ids->next()); };
  const auto endpoints = std::make_shared<const std::vector<config::notify_config>>(config.notify);
  s.announce = [counts = node.counts, alerts = node.alerts, endpoints](const run_ended& e) {
    if (!e.late_after) counts->ended(e.run);
    if (!endpoints->empty()) caf::anon_send(alerts, ended_atom_v, e, alert_endpoints{endpoints});
  };
  s.make_digests = [file = node.state.digest_file(config.name), scratch = s.scratch_dir] {
    return std::make_unique<digest::detection>(file, scratch);
  };
  s.row_log_file = [state_dir = node.state.path(), name = config.name](const run_id& run) {
    return rowlog::file_of(state_dir, name, run);
  };
  s.make_row_log = [file_of = s.row_log_file](const run_id& run) {
    return std::make_shared<rowlog::row_log>(file_of(run));
  };
  return std::make_shared<const actors::run_services>(std::move(s));
}

}  // namespace sluice::node
