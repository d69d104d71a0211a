#include "actors/node.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// A supervisor never blocks, so it answers in microseconds; this only bounds a defect.
constexpr std::chrono::seconds status_timeout{5};

}  // namespace

const supervisor_actor* node_state::find(const std::string& connection) const {
  const auto found = supervisors.find(connection);
  return found == supervisors.end() ? nullptr : &found->second;
}

caf::error node_state::missing(const std::string& connection) const {
  if (const auto found = broken.find(connection); found != broken.end())
    return to_caf(found->second);
  return to_caf({errc::unknown_connection, "find connection", connection,
                 "no connection has that name", "`sluice connections` lists them"});
}

caf::result<node_info> node_state::hello(const std::string& version) const {
  if (version != info.version)
    return to_caf({errc::unreachable, "talk to node", info.name,
                   "it runs version " + info.version + " and this is version " + version,
                   "use the sluice command of the node's version"});
  return info;
}

caf::result<std::vector<connection_status>> node_state::list() {
  struct gathering {
    caf::typed_response_promise<std::vector<connection_status>> answer;
    std::map<std::string, connection_status> found;
    std::size_t missing = 0;

    void finish_if_done() {
      if (missing > 0) return;
      std::vector<connection_status> sorted;
      sorted.reserve(found.size());
      for (auto& [connection, status] : found) sorted.push_back(std::move(status));
      answer.deliver(std::move(sorted));
    }
  };
  auto all = std::make_shared<gathering>();
  all->answer = self->make_response_promise<std::vector<connection_status>>();
  all->missing = supervisors.size();
  all->finish_if_done();
  for (const auto& [connection, supervisor] : supervisors) {
    self->request(supervisor, status_timeout, status_atom_v)
        .then(
            [all](connection_status& s) {
              all->found.emplace(s.connection, std::move(s));
              --all->missing;
              all->finish_if_done();
            },
            [all](const caf::error&) {
              --all->missing;
              all->finish_if_done();
            });
  }
  return all->answer;
}

caf::result<std::uint32_t> node_state::shutdown(bool abandon) {
  ending = true;
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
  count->missing = supervisors.size();
  if (supervisors.empty()) {
    count->answer.deliver(std::uint32_t{0});
    self->quit();
  }
  for (const auto& [connection, supervisor] : supervisors) {
    self->request(supervisor, status_timeout, shutdown_atom_v, abandon)
        .then([count](bool active) { count->add(active); },
              [count](const caf::error&) { count->add(false); });
  }
  return count->answer;
}

void node_state::down(const caf::down_msg& dm) {
  const auto gone = std::find_if(supervisors.begin(), supervisors.end(),
                                 [&](const auto& s) { return s.second.address() == dm.source; });
  if (gone == supervisors.end()) return;
  if (!ending) broken[gone->first] = to_error(dm.reason, "supervise");
  supervisors.erase(gone);
  if (ending && supervisors.empty()) self->quit();
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_args args) {
  auto& state = self->state;
  state.self = self;
  state.info = std::move(args.info);
  state.supervisors = std::move(args.supervisors);
  install_handlers(*self, "answer", state.info.name);
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  for (const auto& [connection, supervisor] : state.supervisors) self->monitor(supervisor);
  return {
      [self](hello_atom, const std::string& version) { return self->state.hello(version); },
      [self](list_atom) { return self->state.list(); },
      [self](start_atom a, const std::string& connection, const start_options& options) {
        return self->state.forward<run_record>(connection, a, options);
      },
      [self](stop_atom a, const std::string& connection, bool abandon) {
        return self->state.forward<run_record>(connection, a, abandon);
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
      [self](shutdown_atom, bool abandon) { return self->state.shutdown(abandon); },
  };
}

}  // namespace sluice::actors
