#include "actors/cluster/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "messages/handlers.hpp"
#include "messages/version.hpp"

namespace sluice::actors {
namespace {

/// A cluster actor never blocks: who does not answer by then is cut off or frozen.
constexpr std::chrono::seconds sign_of_life{3};
/// So long after a link was made a call of the same node proves nothing.
constexpr std::chrono::seconds settling_time{1};
/// So many calls in the name of a node that is linked and answers are those of another one.
constexpr unsigned enough_doubles = 3;

}  // namespace

introduction cluster_state::introduce() const {
  return {args->roster.self(), caf::actor_cast<caf::strong_actor_ptr>(args->own),
          caf::actor_cast<caf::strong_actor_ptr>(self),
          caf::actor_cast<caf::strong_actor_ptr>(args->deliveries)};
}

void cluster_state::report(const cluster::findings& found) const {
  for (const auto& text : found) args->log.error("{}", text);
}

void cluster_state::link(const introduction& who) {
  const auto& node = who.facts.info.name;
  const auto handle = caf::actor_cast<cluster_actor>(who.cluster);
  const auto before = members.find(node);
  const bool is_new = before == members.end() || before->second.cluster != handle;
  if (is_new)
    members[node] = {caf::actor_cast<node_actor>(who.commands), handle, who.deliveries,
                     args->now()};
  report(args->roster.linked(who.facts, args->now()));
  if (!is_new) return;
  self->monitor(handle);
  args->log.info("node {} is linked; connections that it runs: {}", node,
                 who.facts.connections.size());
}

void cluster_state::update(const node_info& node, std::vector<connection_name> connections,
                           std::vector<connection_name> draining) {
  const auto known = members.find(node.name);
  // Only a node itself says what it runs.
  if (known == members.end() || self->current_sender() == nullptr ||
      known->second.cluster.address() != self->current_sender()->address())
    return;
  report(args->roster.updated(node, std::move(connections), std::move(draining)));
}

void cluster_state::configure(std::vector<connection_name> own,
                              std::map<connection_name, node_name> elsewhere) {
  report(args->roster.configure(std::move(own), std::move(elsewhere)));
  tell_others();
}

void cluster_state::drain(std::vector<connection_name> own) {
  args->roster.drain(std::move(own));
  tell_others();
}

void cluster_state::end() {
  args->roster.end();
  tell_others();
}

void cluster_state::tell_others() {
  const auto& facts = args->roster.self();
  for (const auto& [node, m] : members)
    self->send(m.cluster, update_atom_v, facts.info, facts.connections, facts.draining);
}

whereabouts cluster_state::find(const connection_name& connection) const {
  const auto location = args->roster.find(connection);
  whereabouts answer{location.here, location.node, nullptr, location.unavailable};
  if (const auto m = members.find(location.node); m != members.end())
    answer.commands = caf::actor_cast<caf::strong_actor_ptr>(m->second.commands);
  return answer;
}

delivery_place cluster_state::place_of(const node_name& node) const {
  if (node == args->roster.self().info.name)
    return {caf::actor_cast<caf::strong_actor_ptr>(args->deliveries), {}};
  if (const auto m = members.find(node); m != members.end()) return {m->second.deliveries, {}};
  return {nullptr, args->roster.absence(node)};
}

reachable_nodes cluster_state::reachable() const {
  reachable_nodes answer;
  for (const auto& node : args->roster.nodes())
    if (const auto m = members.find(node.node); m != members.end())
      answer.others.push_back({node.node,
                               caf::actor_cast<caf::strong_actor_ptr>(m->second.commands),
                               node.connections});
  answer.lost = args->roster.out_of_reach();
  return answer;
}

void cluster_state::probe(const node_name& node) {
  const auto m = members.find(node);
  if (m == members.end()) return;
  self->request(m->second.cluster, sign_of_life, alive_atom_v)
      .then(
          [this, node, handle = m->second.cluster](bool) {
            const auto now = members.find(node);
            if (now != members.end() && now->second.cluster == handle)
              count_double(node, now->second);
          },
          [this, node, handle = m->second.cluster](const caf::error&) {
            const auto now = members.find(node);
            if (now == members.end() || now->second.cluster != handle) return;
            args->log.warning("node {} does not answer on its old connection: it is cut", node);
            args->cut(node);
          });
}

void cluster_state::count_double(const node_name& node, member& m) {
  const auto now = args->now();
  // When a link is new both sides may have dialled, at every address that they have for each other.
  if (now - m.since < settling_time) return;
  if (++m.doubles < enough_doubles) return;
  const auto clash = args->roster.doubled(node, now);
  if (m.doubles == enough_doubles) args->log.error("{}", clash.text());
}

void cluster_state::down(const caf::down_msg& dm) {
  const auto gone = std::ranges::find_if(
      members, [&](const auto& m) { return m.second.cluster.address() == dm.source; });
  if (gone == members.end()) return;
  const auto node = gone->first;
  members.erase(gone);
  const bool cut = dm.reason == caf::exit_reason::remote_link_unreachable;
  const error why{errc::unreachable,
                  "talk to node",
                  node,
                  cut ? "the connection with it was lost" : "it has ended",
                  {}};
  args->roster.lost(node, why, args->now());
  args->log.warning("node {} is not reachable any more: {}", node, why.cause);
}

cluster_actor::behavior_type cluster_node(cluster_actor::stateful_pointer<cluster_state> self,
                                          std::shared_ptr<cluster_args> args) {
  auto& state = self->state;
  state.self = self;
  state.args = std::move(args);
  install_handlers(*self, "speak for node", state.args->roster.self().info.name);
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  return {
      [self](join_atom, const introduction& who) {
        self->state.link(who);
        return self->state.introduce();
      },
      [self](update_atom, const node_info& node, std::vector<connection_name>& connections,
             std::vector<connection_name>& draining) {
        self->state.update(node, std::move(connections), std::move(draining));
      },
      [](alive_atom) { return true; },
      [self](find_atom, const connection_name& connection) { return self->state.find(connection); },
      [self](list_atom) { return self->state.reachable(); },
      [self](deliver_atom, const node_name& node) { return self->state.place_of(node); },
      [self](const command::nodes&) { return self->state.args->roster.nodes(); },
      [self](update_atom, std::vector<connection_name>& own,
             std::map<connection_name, node_name>& elsewhere) {
        self->state.configure(std::move(own), std::move(elsewhere));
      },
      [self](drain_atom, std::vector<connection_name>& own) { self->state.drain(std::move(own)); },
      [self](shutdown_atom) { self->state.end(); },
      [self](facts_atom) { return self->state.introduce(); },
      [self](answered_atom, const std::string& address, const node_name& node) {
        self->state.args->roster.answered(address, node);
      },
      [self](linked_atom, const introduction& who) { self->state.link(who); },
      [self](failed_atom, const std::string& address, const error& why) {
        self->state.args->roster.failed(address, why);
      },
      [self](probe_atom, const node_name& node) { self->state.probe(node); },
  };
}

entrance_actor::behavior_type entrance(entrance_actor::pointer self, const node_name& node,
                                       const node_info& info, const cluster_actor& cluster) {
  install_handlers(*self, "receive node", node);
  return {
      [info](hello_atom, const std::string& version) -> caf::result<node_info> {
        if (const auto wrong = version_mismatch(info.version, caller::node, version, info.name))
          return to_caf(*wrong);
        return info;
      },
      [self, node, info, cluster](join_atom a,
                                  const introduction& who) -> caf::result<introduction> {
        if (who.facts.info.name == node && who.facts.info.version == info.version && who.cluster &&
            who.commands && who.deliveries)
          return self->delegate(cluster, a, who);
        return to_caf({errc::forbidden, "link with node", info.name,
                       "the certificate is that of node " + node + ", the introduction that of " +
                           who.facts.info.name,
                       "give every node its own certificate"});
      },
  };
}

}  // namespace sluice::actors
