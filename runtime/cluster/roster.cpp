#include "runtime/cluster/roster.hpp"

#include <algorithm>
#include <utility>

namespace sluice::cluster {
namespace {

std::string listed(const std::set<node_name>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool contains(const std::vector<connection_name>& sorted, const connection_name& name) {
  return std::ranges::binary_search(sorted, name);
}

}  // namespace

roster::roster(member_facts self, std::vector<std::string> peers) : self_(std::move(self)) {
  std::ranges::sort(self_.connections);
  for (auto& address : peers) names_.emplace(std::move(address), node_name{});
}

findings roster::configure(std::vector<connection_name> own,
                           std::map<connection_name, node_name> elsewhere) {
  self_.connections = std::move(own);
  std::ranges::sort(self_.connections);
  elsewhere_ = std::move(elsewhere);
  return new_conflicts();
}

void roster::drain(std::vector<connection_name> own) { self_.draining = std::move(own); }

void roster::answered(const std::string& address, const node_name& node) {
  names_[address] = node;
  dialling_.erase(address);
}

void roster::failed(const std::string& address, error why) {
  dialling_[address] = why;
  const auto known = names_.find(address);
  if (known == names_.end() || known->second.empty()) return;
  const auto member = members_.find(known->second);
  if (member != members_.end() && !member->second.linked) member->second.problem = std::move(why);
}

findings roster::linked(const member_facts& node, timestamp now) {
  auto& member = members_[node.info.name];
  member = {node, true, now, {}};
  std::ranges::sort(member.facts.connections);
  return new_conflicts();
}

findings roster::updated(const node_info& node, std::vector<connection_name> connections,
                         std::vector<connection_name> draining) {
  const auto member = members_.find(node.name);
  if (member == members_.end()) return {};
  member->second.facts.info.ending = node.ending;
  member->second.facts.connections = std::move(connections);
  member->second.facts.draining = std::move(draining);
  std::ranges::sort(member->second.facts.connections);
  return new_conflicts();
}

error roster::doubled(const node_name& node, timestamp now) {
  error clash{errc::forbidden, "link with node", node,
              "two nodes have this name and a certificate for it: one is linked, another one was "
              "turned away, the last time at " +
                  format_timestamp(now),
              "is one of them a copy of the other? Give each a name and a certificate of its own"};
  if (const auto m = members_.find(node); m != members_.end()) m->second.problem = clash;
  return clash;
}

void roster::lost(const node_name& node, error why, timestamp now) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  auto& member = found->second;
  member.linked = false;
  member.since = now;
  member.problem = std::move(why);
  new_conflicts();  // none: only forgets those that ended
}

std::vector<node_name> roster::runners(const connection_name& connection) const {
  std::vector<node_name> found;
  if (contains(self_.connections, connection)) found.push_back(self_.info.name);
  for (const auto& [name, member] : members_)
    if (member.linked && contains(member.facts.connections, connection)) found.push_back(name);
  return found;
}

error roster::absence(const node_name& node) const {
  const auto known = members_.find(node);
  std::string why = "it has not been reached yet";
  if (known != members_.end() && known->second.problem) {
    why = known->second.problem.cause;
  } else {
    for (const auto& [address, name] : names_)
      if (name.empty())
        if (const auto failed = dialling_.find(address); failed != dialling_.end())
          why += "; " + address + ": " + failed->second.cause;
  }
  return {errc::unreachable, "reach node", node,
          "it cannot be reached from node " + self_.info.name + ": " + why,
          "`sluice nodes` shows the links"};
}

error roster::unreachable(const connection_name& connection, const node_name& node) const {
  return {errc::unreachable, "find connection", connection,
          "it runs on node " + node + ", and " + absence(node).cause,
          "`sluice nodes` shows the links; ask node " + node + " itself, or start it"};
}

std::optional<location> roster::drained_at(const connection_name& connection) const {
  const auto drains = [&](const member_facts& facts) {
    return std::ranges::find(facts.draining, connection) != facts.draining.end();
  };
  if (drains(self_)) return location{true, self_.info.name, {}};
  for (const auto& [name, member] : members_)
    if (member.linked && drains(member.facts)) return location{false, name, {}};
  return std::nullopt;
}

location roster::find(const connection_name& connection) const {
  const auto found = runners(connection);
  if (std::ranges::find(found, self_.info.name) != found.end()) return {true, self_.info.name, {}};
  if (found.size() == 1) return {false, found.front(), {}};
  if (found.size() > 1)
    return {false,
            {},
            {errc::invalid_config, "find connection", connection,
             "nodes " + listed({found.begin(), found.end()}) + " both run it",
             "give it \"node\" in its file, or ask the node that you mean"}};
  for (const auto& [name, member] : members_)
    if (contains(member.facts.connections, connection))
      return {false, {}, unreachable(connection, name)};
  // Nobody is known to run it: the node that still drains it answers.
  if (auto drains = drained_at(connection)) return std::move(*drains);
  if (const auto assigned = elsewhere_.find(connection); assigned != elsewhere_.end()) {
    if (is_linked(assigned->second))
      return {false,
              {},
              {errc::unknown_connection, "find connection", connection,
               "node " + assigned->second + " is to run it and does not load it",
               "copy its file to that node, then `sluice reload` there"}};
    return {false, {}, unreachable(connection, assigned->second)};
  }
  return {false,
          {},
          {errc::unknown_connection, "find connection", connection, "no connection has that name",
           "`sluice connections` lists them"}};
}

std::map<connection_name, node_name> roster::out_of_reach() const {
  std::map<connection_name, node_name> found;
  const auto add = [&](const connection_name& connection, const node_name& node) {
    if (!is_linked(node) && runners(connection).empty()) found.emplace(connection, node);
  };
  for (const auto& [name, member] : members_)
    for (const auto& connection : member.facts.connections) add(connection, name);
  for (const auto& [connection, node] : elsewhere_) add(connection, node);
  return found;
}

bool roster::is_linked(const node_name& node) const {
  const auto known = members_.find(node);
  return known != members_.end() && known->second.linked;
}

std::string roster::address_of(const node_name& node) const {
  for (const auto& [address, name] : names_)
    if (name == node) return address;
  return {};
}

std::vector<node_status> roster::nodes() const {
  std::vector<node_status> all;
  const auto add = [&](const member_facts& facts) -> node_status& {
    auto& s = all.emplace_back();
    s.node = facts.info.name;
    s.version = facts.info.version;
    s.address = address_of(facts.info.name);
    s.started_at = facts.started_at;
    s.connections = facts.connections;
    s.certificate_ends_at = facts.certificate_ends_at;
    s.ending = facts.info.ending;
    for (const auto& [connection, nodes] : conflicts_)
      if (nodes.contains(facts.info.name)) s.conflicts.push_back(connection);
    return s;
  };
  add(self_).link = link_state::self;
  for (const auto& [name, member] : members_) {
    auto& s = add(member.facts);
    s.link = member.linked ? link_state::linked : link_state::unreachable;
    s.since = member.since;
    s.problem = member.problem;
  }
  for (const auto& [address, name] : names_) {
    if (name == self_.info.name || members_.contains(name)) continue;
    auto& s = all.emplace_back();
    s.node = name;
    s.address = address;
    if (const auto failed = dialling_.find(address); failed != dialling_.end())
      s.problem = failed->second;
  }
  return all;
}

findings roster::new_conflicts() {
  std::map<connection_name, std::set<node_name>> now;
  const auto add = [&](const member_facts& facts) {
    for (const auto& connection : facts.connections) now[connection].insert(facts.info.name);
  };
  add(self_);
  for (const auto& [name, member] : members_)
    if (member.linked) add(member.facts);
  std::erase_if(now, [](const auto& runs) { return runs.second.size() < 2; });
  findings texts;
  for (const auto& [connection, nodes] : now) {
    const auto before = conflicts_.find(connection);
    if (before != conflicts_.end() && before->second == nodes) continue;
    texts.push_back("connection '" + connection + "': nodes " + listed(nodes) +
                    " all run it, and each delivers every change; give it \"node\" in its file, or "
                    "remove it from all but one");
  }
  conflicts_ = std::move(now);
  return texts;
}

}  // namespace sluice::cluster
