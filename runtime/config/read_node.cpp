// The node section: where it listens, keeps its state and finds its connections.
#include <unistd.h>

#include <array>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

/// The host's name, which tells nodes of a cluster apart without anybody having to name them.
std::string default_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && is_name(host.data())) return host.data();
  return "node";
}

log::options read_log(const json_value& log) {
  log::options options;
  if (!log.present() || !log.is_object_of({"level", "format"})) return options;
  using enum log::level;
  options.level =
      log.member("level")
          .as_word<log::level>(
              {{"debug", debug}, {"info", info}, {"warning", warning}, {"error", error}})
          .value_or(options.level);
  options.format =
      log.member("format")
          .as_word<log::format>({{"text", log::format::text}, {"json", log::format::json}})
          .value_or(options.format);
  return options;
}

retention_config read_retention(const json_value& retention) {
  retention_config out;
  if (!retention.present() || !retention.is_object_of({"runs", "rejected", "most_runs"}))
    return out;
  const auto age = [&](std::string_view key) {
    return retention.member(key)
        .as_duration(limits::retention_min, limits::retention_max)
        .value_or(defaults::retention);
  };
  out.runs = age("runs");
  out.rejected = age("rejected");
  out.most_runs =
      retention.member("most_runs").as_number(limits::most_runs).value_or(out.most_runs);
  return out;
}

}  // namespace

node_section read_node(const json_value& root) {
  node_section out;
  auto& node = out.node;
  if (!root.is_object_of({"node", "listen", "insecure", "tls", "peers", "heartbeat", "http",
                          "state_dir", "connections", "max_running_syncs", "log", "retention",
                          "notify"}))
    return out;
  node.name = root.member("node").as_name().value_or(default_name());
  const auto state_dir =
      root.required("state_dir", "name the folder that keeps ledgers and catalog: \"../state\"")
          .as_path();
  node.state_dir = state_dir.value_or("");
  read_network(root, node);
  node.http = read_http_listener(root.member("http"));
  node.max_running_syncs = root.member("max_running_syncs")
                               .as_number(limits::max_running_syncs)
                               .value_or(defaults::max_running_syncs);
  node.log = read_log(root.member("log"));
  node.retention = read_retention(root.member("retention"));
  node.notify = read_notify(root.member("notify"));
  out.connection_files = find_connection_files(root.member("connections"));
  return out;
}

}  // namespace sluice::config
