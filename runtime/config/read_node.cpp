// The node section: where it listens, keeps its state and finds its connections.
#include <unistd.h>

#include <array>

#include "runtime/config/node_keys.hpp"
#include "runtime/config/read_credentials.hpp"
#include "runtime/config/read_limits.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

/// The host's name, so that nodes of a cluster have different names by default.
std::string default_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && is_name(host.data())) return host.data();
  return "node";
}

log::options read_log(const json_value& value) {
  log::options out;
  section log(value);
  using enum log::level;
  out.level = log.word<log::level>(
      "level", {{"debug", debug}, {"info", info}, {"warning", warning}, {"error", error}},
      out.level);
  out.format = log.word<log::format>(
      "format", {{"text", log::format::text}, {"json", log::format::json}}, out.format);
  return out;
}

retention_config read_retention(const json_value& value) {
  retention_config out;
  section retention(value);
  out.runs = retention.duration("runs", limits::retention_min, limits::retention_max, out.runs);
  out.rejected =
      retention.duration("rejected", limits::retention_min, limits::retention_max, out.rejected);
  out.most_runs = retention.number("most_runs", limits::most_runs, out.most_runs);
  return out;
}

}  // namespace

node_section read_node(const json_value& value) {
  node_section out;
  auto& node = out.node;
  section root(value);
  if (!root) return out;
  node_keys keys{root, node.fixed};
  const auto name = keys.fixed<&node_config::name>("node");
  node.name = node_name(name.as_name().value_or(default_name()));
  name.defaults_to(node.name);
  const auto state_dir = keys.fixed<&node_config::state_dir>("state_dir");
  if (!state_dir.present())
    state_dir.complain("is missing",
                       "name the folder that keeps ledgers and catalog: \"../state\"");
  node.state_dir = state_dir.as_path().value_or("");
  read_network(keys, node);
  node.http = read_http_listener(keys.fixed<&node_config::http>("http"));
  node.api = read_api(keys.fixed<&node_config::api>("api"));
  const auto most = keys.fixed<&node_config::max_running_syncs>("max_running_syncs");
  most.defaults_to(node.max_running_syncs);
  node.max_running_syncs =
      most.as_number(limits::max_running_syncs).value_or(node.max_running_syncs);
  node.log = read_log(keys.fixed<&node_config::log>("log"));
  node.retention = read_retention(keys.fixed<&node_config::retention>("retention"));
  node.credentials = read_credentials(root.member("credentials"));
  node.accounts = read_accounts(root.member("accounts"));
  node.notify = read_notify(root.member("notify"));
  const auto connections = root.member("connections");
  connections.defaults_to(defaults::connections);
  out.connection_files = find_connection_files(connections);
  return out;
}

std::vector<std::string> changed_fixed_settings(const node_config& now, const node_config& next) {
  std::vector<std::string> changed;
  for (const auto& [key, same] : next.fixed)
    if (!same(now, next)) changed.push_back(key);
  return changed;
}

}  // namespace sluice::config
