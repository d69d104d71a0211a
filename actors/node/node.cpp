#include "actors/node/node.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/connection/supervisor.hpp"
#include "messages/handlers.hpp"
#include "messages/version.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::actors {
namespace {

using namespace std::chrono_literals;

/// A supervisor never blocks, so it answers in microseconds; this only bounds a defect.
constexpr std::chrono::seconds status_timeout{5};
/// How long to wait before a connection whose supervisor died is tried again; doubled after each
/// death within `longest_rest` of the last.
constexpr std::chrono::milliseconds first_rest = 1s;
constexpr std::chrono::milliseconds longest_rest = 5min;
/// Commands go before questions, since there may be any number of questions.
constexpr auto urgent = caf::message_priority::high;

}  // namespace

const supervisor_actor* node_state::find(const connection_name& connection) const {
  // A leaving connection is found until its run has drained.
  for (const auto* group : {&supervisors, &leaving})
    if (const auto found = group->find(connection); found != group->end()) return &found->second;
  return nullptr;
}

error node_state::unsupervised(const connection_name& connection) const {
  if (const auto found = troubles.find(connection); found != troubles.end() && found->second.why)
    return found->second.why;
  if (ending)
    return {errc::shutting_down, "find connection", connection,
            "it is at rest, and its node is ending", "ask again when the node is back"};
  return {errc::unreachable, "find connection", connection,
          "what the catalog knows of it is being read", "ask again in a moment"};
}

caf::error node_state::missing(const connection_name& connection) const {
  if (args.connections.contains(connection)) return to_caf(unsupervised(connection));
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

connection_status node_state::blocked_status(const connection_name& connection, error why) const {
  connection_status s;
  s.connection = connection;
  s.node = args.info.name;
  if (const auto known = args.connections.find(connection); known != args.connections.end())
    s.mode = known->second->config.mode;
  if (const auto found = troubles.find(connection); found != troubles.end())
    s.restarts = found->second.restarts;
  s.leaving = leaving.contains(connection);
  s.blocked = std::move(why);
  return s;
}

caf::result<connection_status> node_state::answer(const command::status& c) {
  const auto found = troubles.find(c.connection);
  if (find(c.connection) == nullptr && found != troubles.end() && found->second.why)
    return blocked_status(c.connection, found->second.why);
  return forward(c);
}

caf::result<std::vector<connection_status>> node_state::answer(const command::connections&) {
  auto answer = self->make_response_promise<std::vector<connection_status>>();
  listing.ask(answer);
  return answer;
}

void node_state::gather() {
  using statuses = std::map<connection_name, connection_status>;
  const auto all = gathering<statuses>::begin([this](statuses& found) {
    std::vector<connection_status> sorted;
    sorted.reserve(found.size());
    for (auto& [connection, status] : found) sorted.push_back(std::move(status));
    listing.settle(sorted);
  });
  auto asked = supervisors;
  asked.insert(leaving.begin(), leaving.end());
  for (const auto& [connection, services] : args.connections)
    if (!asked.contains(connection))
      all->found.emplace(connection, blocked_status(connection, unsupervised(connection)));
  for (const auto& [connection, supervisor] : asked) {
    all->expect();
    self->request(supervisor, status_timeout, command::status{connection})
        .then(
            [all](connection_status& s) {
              all->found.emplace(s.connection, std::move(s));
              all->arrived();
            },
            [this, all, connection = connection](const caf::error& e) {
              all->found.emplace(
                  connection, blocked_status(connection, ending ? unsupervised(connection)
                                                                : to_error(e, "ask supervisor")));
              all->arrived();
            });
  }
  all->all_asked();
}

// -- the set of connections -----------------------------------------------------------------------

void node_state::supervise(const std::shared_ptr<const run_services>& services,
                           connection_entry known) {
  const auto& connection = services->config.name;
  std::uint32_t restarts = 0;
  if (const auto found = troubles.find(connection); found != troubles.end()) {
    restarts = found->second.restarts;
    found->second.why = {};
  }
  const auto spawned =
      self->spawn(supervisor, supervisor_args{services, std::move(known), args.catalog, args.slots,
                                              args.succession, restarts});
  self->monitor(spawned);
  supervisors[connection] = spawned;
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
            if (wanted(services)) resume(services, std::move(known));
          },
          [this, connection](const caf::error& e) {
            rest(connection, to_error(e, "read the connection's state"));
          });
}

bool node_state::wanted(const std::shared_ptr<const run_services>& services) const {
  const auto& connection = services->config.name;
  const auto current = args.connections.find(connection);
  return !ending && current != args.connections.end() && current->second == services &&
         !supervisors.contains(connection);
}

void node_state::resume(const std::shared_ptr<const run_services>& services,
                        connection_entry known) {
  if (!known.last_run || has_ended(known.last_run->state))
    return supervise(services, std::move(known));
  auto& run = *known.last_run;
  self->send(args.slots, release_atom_v, run.run);
  run.state = run_state::interrupted;
  run.finished_at = services->now();
  const auto& c = run.counters;
  run.counters.undelivered = c.deltas() - std::min(c.deltas(), c.delivered + c.rejected);
  run.warnings.emplace_back(
      "what supervised the connection died during this run: its counts are those last recorded, "
      "seconds before");
  self->request(args.catalog, catalog_timeout, close_atom_v, run, known.memory, settled_rows())
      .then(
          [this, services, known](row_count rejected) mutable {
            if (!wanted(services)) return;
            known.rejected_rows = rejected.number();
            services->announce({.run = *known.last_run});
            supervise(services, std::move(known));
          },
          [this, connection = services->config.name](const caf::error& e) {
            rest(connection, to_error(e, "record the end of the run"));
          });
}

void node_state::rest(const connection_name& connection, error why) {
  const auto known = args.connections.find(connection);
  if (ending || known == args.connections.end()) return;
  auto& t = troubles[connection];
  const auto now = self->clock().now();
  t.in_a_row = t.in_a_row > 0 && now - t.last < longest_rest ? t.in_a_row + 1 : 1;
  t.last = now;
  const auto wait = schedule::backoff(t.in_a_row, {.base = first_rest, .cap = longest_rest}, 1.0);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
  known->second->log.error("{}: nobody supervises the connection; it is taken up again in {} s",
                           why.text(), seconds);
  why.hint = "it is taken up again in " + std::to_string(seconds) + " s, or by a reload" +
             (why.hint.empty() ? "" : "; ") + why.hint;
  t.why = std::move(why);
  if (!std::exchange(t.resting, true)) self->delayed_send(self, wait, tick_atom_v, connection);
}

void node_state::tick(const connection_name& connection) {
  const auto found = troubles.find(connection);
  if (found == troubles.end() || !std::exchange(found->second.resting, false)) return;
  const auto known = args.connections.find(connection);
  if (ending || known == args.connections.end() || supervisors.contains(connection)) return;
  add(known->second);
}

void node_state::remove(const connection_name& connection) {
  args.connections.erase(connection);
  troubles.erase(connection);
  const auto gone = supervisors.extract(connection);
  if (!gone) return;
  // The supervisor's end shows that it is done. A late answer, because the machine slept, changes
  // nothing and must not end this actor.
  self->request<urgent>(gone.mapped(), status_timeout, shutdown_atom_v, false)
      .then([](bool) {}, [](const caf::error&) {});
  leaving[connection] = gone.mapped();
}

void node_state::tell_draining() const {
  std::vector<connection_name> names;
  names.reserve(leaving.size());
  for (const auto& [connection, supervisor] : leaving)
    if (!args.connections.contains(connection)) names.push_back(connection);
  args.draining(std::move(names));
}

caf::result<reload_report> node_state::answer(const command::reload&) {
  const std::string operation{command::reload::facts.name};
  if (ending)
    return to_caf({errc::shutting_down, operation, args.info.name, "the node is ending", ""});
  if (reloading)
    return to_caf({errc::usage, operation, args.info.name, "another reload is under way",
                   "try again when it is done"});
  auto next = args.read_configuration();
  if (!next.problems.empty()) {
    reload_report refused;
    refused.problems = std::move(next.problems);
    args.reloaded(refused);
    return refused;
  }
  reloading = true;
  auto answer = self->make_response_promise<reload_report>();
  apply(std::move(next), gathering<reload_report>::begin([this, answer](reload_report& r) mutable {
          reloading = false;
          args.reloaded(r);
          answer.deliver(std::move(r));
        }));
  return answer;
}

configuration_changes node_state::changes_to(const services_map& next) const {
  const auto add_to = [](configurations& all, const services_map& some) {
    for (const auto& [connection, services] : some) all.emplace(connection, &services->config);
  };
  configurations before;
  configurations after;
  add_to(before, args.connections);
  add_to(before, returning);
  add_to(after, next);
  std::set<connection_name> troubled;
  for (const auto& [connection, met] : troubles)
    if (met.why) troubled.insert(connection);
  return changes_between({.before = before, .next = after, .unsupervised = troubled});
}

void node_state::apply(new_configuration next, const reload_under_way& all) {
  auto changes = changes_to(next.connections);
  for (const auto& connection : changes.removed) {
    returning.erase(connection);
    remove(connection);
  }
  for (const auto& connection : changes.added) add(next.connections.at(connection));
  for (const auto& connection : changes.changed) reconfigure(next.connections.at(connection), all);
  tell_draining();
  auto& report = all->found;
  report.warnings.insert(report.warnings.begin(), next.warnings.begin(), next.warnings.end());
  report.added = std::move(changes.added);
  report.removed = std::move(changes.removed);
  report.changed = std::move(changes.changed);
  report.unchanged = changes.unchanged;
  all->all_asked();
}

void node_state::reconfigure(const std::shared_ptr<const run_services>& services,
                             const reload_under_way& all) {
  const auto& connection = services->config.name;
  const auto supervised = supervisors.find(connection);
  if (supervised == supervisors.end()) return add(services);  // the catalog has not answered yet
  args.connections[connection] = services;
  all->expect();
  self->request<urgent>(supervised->second, status_timeout, reload_atom_v,
                        changed_connection{services})
      .then(
          [all, connection](bool restarts) {
            if (restarts) all->found.restarting.push_back(connection);
            all->arrived();
          },
          [all](const caf::error& e) {
            all->found.warnings.push_back(to_error(e, "reload").text());
            all->arrived();
          });
}

caf::result<std::vector<credential_status>> node_state::answer(const command::credentials&) const {
  return args.list_credentials();
}

caf::result<std::uint32_t> node_state::answer(const command::shutdown& c) {
  args.ending(c.abandon);
  ending = true;
  returning.clear();
  ++unanswered_shutdowns;
  auto answer = self->make_response_promise<std::uint32_t>();
  const auto active =
      gathering<std::uint32_t>::begin([this, answer](const std::uint32_t& count) mutable {
        answer.deliver(count);
        --unanswered_shutdowns;
        quit_if_done();
      });
  for (const auto* group : {&supervisors, &leaving}) {
    for (const auto& [connection, supervisor] : *group) {
      active->expect();
      self->request<urgent>(supervisor, status_timeout, shutdown_atom_v, c.abandon)
          .then(
              [active](bool is_active) {
                if (is_active) ++active->found;
                active->arrived();
              },
              [active](const caf::error&) { active->arrived(); });
    }
  }
  active->all_asked();
  return answer;
}

void node_state::quit_if_done() {
  // The client that asked for the shutdown is answered first.
  if (ending && unanswered_shutdowns == 0 && supervisors.empty() && leaving.empty()) self->quit();
}

void node_state::down(const caf::down_msg& dm) {
  const auto find_in = [&](auto& group) {
    return std::find_if(group.begin(), group.end(),
                        [&](const auto& s) { return s.second.address() == dm.source; });
  };
  if (const auto gone = find_in(supervisors); gone != supervisors.end()) {
    const auto connection = gone->first;
    supervisors.erase(gone);
    if (!ending) {
      ++troubles[connection].restarts;
      rest(connection, to_error(dm.reason, "supervise"));
    }
  } else if (const auto left = find_in(leaving); left != leaving.end()) {
    const auto connection = left->first;
    leaving.erase(left);
    if (const auto back = returning.extract(connection)) add(back.mapped());
    tell_draining();
  }
  quit_if_done();
}

namespace {

template <class... Commands>
own_node_actor::behavior_type behavior_of(own_node_actor::stateful_pointer<node_state> self,
                                          command::pack<Commands...>) {
  const auto answer = [self](const auto&... command) { return self->state.answer(command...); };
  return {
      [self](hello_atom, const std::string& version) { return self->state.hello(version); },
      command::handler<Commands>(answer)...,
      [self](tick_atom, const connection_name& connection) { self->state.tick(connection); },
  };
}

}  // namespace

own_node_actor::behavior_type node(own_node_actor::stateful_pointer<node_state> self,
                                   node_args args) {
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
  return behavior_of(self, node_commands{});
}

}  // namespace sluice::actors
