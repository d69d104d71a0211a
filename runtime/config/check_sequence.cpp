// Connections that run after one another: checks that each has a predecessor, and that none waits
// for itself.
#include <algorithm>
#include <set>

#include "runtime/config/sections.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

using connection_map = std::map<connection_name, connection_config>;

/// The name of the connection that it runs after; nothing if there is none, or no valid one.
const connection_name* predecessor(const connection_config& connection) {
  const auto* const after = std::get_if<schedule::after>(&connection.schedule);
  return after == nullptr || after->connection.empty() ? nullptr : &after->connection;
}

problem unknown_predecessor(const connection_map& connections, const connection_config& connection,
                            const connection_name& name,
                            const std::vector<std::filesystem::path>& unread) {
  std::vector<std::string_view> known;
  for (const auto& [other, config] : connections) known.push_back(other);
  const auto near = nearest(name, known);
  auto hint = near ? "did you mean \"" + std::string(*near) + "\"?"
                   : std::string("name another connection of this node");
  if (!unread.empty())
    hint += " (unless it is the one of " + unread.front().string() + ", which cannot be read)";
  return {connection.file, "/schedule/after", "no connection has this name", std::move(hint)};
}

/// The circle from `first` back to `first`, in order; empty if there is none. Each connection has
/// one predecessor at most.
std::vector<connection_name> circle(const connection_map& connections,
                                    const connection_name& first) {
  std::vector<connection_name> path;
  std::set<connection_name> passed;
  for (auto at = connections.find(first);
       at != connections.end() && passed.insert(at->first).second;) {
    path.push_back(at->first);
    const auto* const previous = predecessor(at->second);
    if (previous == nullptr) return {};
    if (*previous == first) return path;
    at = connections.find(*previous);
  }
  return {};
}

problem circle_problem(const connection_config& connection,
                       const std::vector<connection_name>& path) {
  if (path.size() == 1)
    return {connection.file, "/schedule/after", "a connection cannot run after itself",
            "name another connection of this node"};
  std::string text;
  for (const auto& name : path) text += "\"" + name + "\" after ";
  return {connection.file, "/schedule/after",
          "none of these would ever run: " + text + "\"" + path.front() + "\"",
          "give one of them another schedule"};
}

/// A node does not learn of runs that end on another node.
void check_same_node(const connection_map& here, const connection_config& connection,
                     const std::map<connection_name, node_name>& elsewhere,
                     std::vector<problem>& problems) {
  const auto* const previous = predecessor(connection);
  if (previous == nullptr || here.contains(*previous)) return;
  if (const auto other = elsewhere.find(*previous); other != elsewhere.end())
    problems.push_back({connection.file, "/schedule/after",
                        "\"" + *previous + "\" runs on node \"" + other->second + "\"",
                        "a connection can follow one of its own node only"});
}

}  // namespace

void keep_own_connections(node_config& node, std::vector<problem>& problems) {
  for (auto c = node.connections.begin(); c != node.connections.end();) {
    const bool own = c->second.node.empty() || c->second.node == node.name;
    if (!own) node.elsewhere.emplace(c->first, c->second.node);
    c = own ? std::next(c) : node.connections.erase(c);
  }
  for (const auto& [name, connection] : node.connections)
    check_same_node(node.connections, connection, node.elsewhere, problems);
}

bool is_unread(const connection_name& name, const std::vector<std::filesystem::path>& unread) {
  return std::ranges::any_of(unread, [&](const auto& file) { return file.stem() == name.text(); });
}

void check_sequence(const connection_map& connections,
                    const std::vector<std::filesystem::path>& unread,
                    std::vector<problem>& problems) {
  std::set<connection_name> reported;
  for (const auto& [name, connection] : connections) {
    const auto* const previous = predecessor(connection);
    if (previous == nullptr || reported.contains(name)) continue;
    if (!connections.contains(*previous)) {
      if (!is_unread(*previous, unread))
        problems.push_back(unknown_predecessor(connections, connection, *previous, unread));
      continue;
    }
    const auto path = circle(connections, name);
    if (path.empty()) continue;
    problems.push_back(circle_problem(connection, path));
    reported.insert(path.begin(), path.end());
  }
}

}  // namespace sluice::config
