#include "actors/node.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "actors/catalog_timeout.hpp"
#include "actors/supervisor.hpp"
#include "messages/handlers.hpp"
#include "messages/version.hpp"

namespace sluice::actors {
namespace {

/// A supervisor never blocks, so it answers in microseconds; this only bounds a defect.
constexpr std::chrono::seconds status_timeout{5};
/// Commands go before questions, of which there may be any number.
constexpr auto urgent = caf::message_priority::high;

}  // namespace

const supervisor_actor* node_state::find(const std::string& connection) const {
  // One that leaves is there until its run has drained.
  for (const auto* group : {&supervisors, &leaving})
    if (const auto found = group->find(connection); found != group->end()) return &found->second;
  return nullptr;
}

caf::error node_state::missing(const std::string& connection) const {
  if (const auto found = broken.find(connection); found != broken.end())
    return to_caf(found->second);
  if (ending && args.connections.contains(connection))
    return to_caf({errc::shutting_down, "find connection", connection,
                   "it is at rest, and its node is ending", "ask again when the node is back"});
  return to_caf({errc::unknown_connection, "find connection", connection,
                 "no connection has that name", "`sluice connections` lists them"});
}

caf::result<node_info> node_state::hello(const std::string& version) const {
  if (const auto wrong =
          version_mismatch(args.info.version, caller::command, version, args.info.name))
    return to_caf(*wrong);
  auto answer = args.info;
  answer.ending = ending;
  return answer;
}

caf::result<std::vector<connection_status>> node_state::list() {
  auto answer = self->make_response_promise<std::vector<connection_status>>();
  listing.ask(answer);
  return answer;
}

void node_state::gather() {
  struct gathering {
    std::map<std::string, connection_status> found;
    std::size_t missing = 0;
  };
  auto all = std::make_shared<gathering>();
  const auto finish_if_done = [this, all] {
    if (all->missing > 0) return;
    std::vector<connection_status> sorted;
    sorted.reserve(all->found.size());
    for (auto& [connection, status] : all->found) sorted.push_back(std::move(status));
    listing.settle(sorted);
  };
  auto asked = supervisors;
  asked.insert(leaving.begin(), leaving.end());
  all->missing = asked.size();
  finish_if_done();
  for (const auto& [connection, supervisor] : asked) {
    self->request(supervisor, status_timeout, status_atom_v)
        .then(
            [all, finish_if_done](connection_status& s) {
              all->found.emplace(s.connection, std::move(s));
              --all->missing;
              finish_if_done();
            },
            [all, finish_if_done](const caf::error&) {
              --all->missing;
              finish_if_done();
            });
  }
}

// -- the set of connections -----------------------------------------------------------------------

void node_state::supervise(const std::shared_ptr<const run_services>& services,
                           connection_entry known) {
  const auto& connection = services->config.name;
  const auto spawned = self->spawn(
      supervisor,
      supervisor_args{services, std::move(known), args.catalog, args.slots, args.succession});
  self->monitor(spawned);
  supervisors[connection] = spawned;
  broken.erase(connection);
}

void node_state::add(const std::shared_ptr<const run_services>& services) {
  const auto& connection = services->config.name;
  if (leaving.contains(connection)) {
    returning[connection] = services;
    return;
  }
  args.connections[connection] = services;
  self->request(args.catalog, catalog_timeout, load_atom_v, connection)
      .then(
          [this, services](connection_entry& known) {
            const auto current = args.connections.find(services->config.name);
            // Removed or changed again meanwhile, or the node ends.
            if (ending || current == args.connections.end() || current->second != services) return;
            supervise(services, std::move(known));
          },
          [this, connection](const caf::error& e) {
            broken[connection] = to_error(e, "read the connection's state");
          });
}

void node_state::remove(const std::string& connection) {
  args.connections.erase(connection);
  broken.erase(connection);
  const auto gone = supervisors.extract(connection);
  if (!gone) return;
  self->request<urgent>(gone.mapped(), status_timeout, shutdown_atom_v, false).then([](bool) {});
  leaving[connection] = gone.mapped();
}

caf::result<reload_report> node_state::reload() {
  if (ending)
    return to_caf({errc::shutting_down, "reload", args.info.name, "the node is ending", ""});
  if (reloading)
    return to_caf({errc::usage, "reload", args.info.name, "another reload is under way",
                   "try again when it is done"});
  struct reloading_now {
    reload_promise answer;
    reload_report report;
    std::size_t missing = 0;
  };
  auto now = std::make_shared<reloading_now>();
  auto next = args.read_configuration();
  now->report.problems = std::move(next.problems);
  if (!now->report.problems.empty()) {
    args.reloaded(now->report);
    return std::move(now->report);
  }
  now->report.warnings = std::move(next.warnings);

  now->answer = self->make_response_promise<reload_report>();
  const auto finish_if_done = [this, now] {
    if (now->missing > 0) return;
    reloading = false;
    args.reloaded(now->report);
    now->answer.deliver(std::move(now->report));
  };
  reloading = true;
  auto before = args.connections;
  before.insert(returning.begin(), returning.end());
  for (const auto& [connection, services] : before)
    if (!next.connections.contains(connection)) {
      now->report.removed.push_back(connection);
      returning.erase(connection);
      remove(connection);
    }
  for (const auto& [connection, services] : next.connections) {
    const auto present = before.find(connection);
    if (present == before.end() || broken.contains(connection)) {
      now->report.added.push_back(connection);
      add(services);
      continue;
    }
    if (present->second->config == services->config) {
      ++now->report.unchanged;
      continue;
    }
    now->report.changed.push_back(connection);
    const auto supervised = supervisors.find(connection);
    if (supervised == supervisors.end()) {  // the catalog has not answered yet
      add(services);
      continue;
    }
    args.connections[connection] = services;
    ++now->missing;
    self->request<urgent>(supervised->second, status_timeout, reload_atom_v,
                          changed_connection{services})
        .then(
            [now, connection = connection, finish_if_done](bool restarts) {
              if (restarts) now->report.restarting.push_back(connection);
              --now->missing;
              finish_if_done();
            },
            [now, connection = connection, finish_if_done](const caf::error& e) {
              now->report.warnings.push_back(to_error(e, "reload").text());
              --now->missing;
              finish_if_done();
            });
  }
  finish_if_done();
  return now->answer;
}

caf::result<std::uint32_t> node_state::shutdown(bool abandon) {
  ending = true;
  returning.clear();
  struct counting {
    caf::typed_response_promise<std::uint32_t> answer;
    std::uint32_t active = 0;
    std::size_t missing = 0;

    void add(bool is_active) {
      if (is_active) ++active;
      if (--missing == 0) answer.deliver(active);
    }
  };
  auto count = std::make_shared<counting>();
  count->answer = self->make_response_promise<std::uint32_t>();
  count->missing = supervisors.size() + leaving.size();
  if (count->missing == 0) count->answer.deliver(std::uint32_t{0});
  for (const auto* group : {&supervisors, &leaving}) {
    for (const auto& [connection, supervisor] : *group) {
      self->request<urgent>(supervisor, status_timeout, shutdown_atom_v, abandon)
          .then([count](bool active) { count->add(active); },
                [count](const caf::error&) { count->add(false); });
    }
  }
  quit_if_done();
  return count->answer;
}

void node_state::quit_if_done() {
  if (ending && supervisors.empty() && leaving.empty()) self->quit();
}

void node_state::down(const caf::down_msg& dm) {
  const auto find_in = [&](auto& group) {
    return std::find_if(group.begin(), group.end(),
                        [&](const auto& s) { return s.second.address() == dm.source; });
  };
  if (const auto gone = find_in(supervisors); gone != supervisors.end()) {
    if (!ending) broken[gone->first] = to_error(dm.reason, "supervise");
    supervisors.erase(gone);
  } else if (const auto left = find_in(leaving); left != leaving.end()) {
    const auto connection = left->first;
    leaving.erase(left);
    if (const auto back = returning.extract(connection)) add(back.mapped());
  }
  quit_if_done();
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_args args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "answer", state.args.info.name);
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  for (const auto& [connection, services] : state.args.connections) {
    auto& known = state.args.known[connection];
    known.memory.connection = connection;
    state.supervise(services, std::move(known));
  }
  state.args.known.clear();
  return {
      [self](hello_atom, const std::string& version) { return self->state.hello(version); },
      [self](list_atom) { return self->state.list(); },
      [self](start_atom a, const std::string& connection, const start_options& options) {
        return self->state.forward<run_record>(connection, a, options);
      },
      [self](stop_atom a, const std::string& connection, const stop_options& options) {
        return self->state.forward<run_record>(connection, a, options);
      },
      [self](await_atom a, const std::string& connection, const std::string& run,
             std::uint32_t milliseconds) {
        return self->state.forward<run_record>(connection, a, run, milliseconds);
      },
      [self](status_atom a, const std::string& connection) {
        return self->state.forward<connection_status>(connection, a);
      },
      [self](runs_atom a, const std::string& connection, std::uint32_t limit,
             const std::string& before) {
        return self->state.forward<std::vector<run_record>>(connection, a, limit, before);
      },
      [self](rejected_atom a, const std::string& connection, std::uint32_t limit) {
        return self->state.forward<std::vector<rejected_row>>(connection, a, limit);
      },
      [self](enable_atom a, const std::string& connection, bool on) {
        return self->state.forward<connection_status>(connection, a, on);
      },
      [self](reset_atom a, const std::string& connection) {
        return self->state.forward<connection_status>(connection, a);
      },
      [self](preview_atom a, const std::string& connection, const preview_options& options) {
        return self->state.forward<preview_result>(connection, a, options);
      },
      [self](reload_atom) { return self->state.reload(); },
      [self](shutdown_atom, bool abandon) { return self->state.shutdown(abandon); },
  };
}

}  // namespace sluice::actors
