// The node section: where it listens, keeps its state and finds its connections.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view unix_scheme = "unix:";

/// The host's name, which tells nodes of a cluster apart without anybody having to name them.
std::string default_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && is_name(host.data())) return host.data();
  return "node";
}

/// `unix:PATH` with an absolute path; nothing, with a problem recorded, for anything else.
std::optional<std::string> read_address(const json_value& address) {
  const auto text = address.as_text();
  if (!text) return std::nullopt;
  if (!text->starts_with(unix_scheme) || text->size() == unix_scheme.size()) {
    address.complain(address.quoted() + " is not an address that this release listens on",
                     "write \"unix:PATH\", for example \"unix:../state/sluice.sock\"");
    return std::nullopt;
  }
  const auto path =
      (address.directory() / text->substr(unix_scheme.size())).lexically_normal().string();
  if (path.size() > limits::socket_path) {
    address.complain(
        "the socket's absolute path is " + std::to_string(path.size()) + " bytes long",
        "Unix sockets allow " + std::to_string(limits::socket_path) + ": choose a shorter path");
    return std::nullopt;
  }
  return std::string(unix_scheme) + path;
}

std::vector<std::string> read_listen(const json_value& listen) {
  std::vector<std::string> addresses;
  for (const auto& element : listen.elements(R"(["unix:../state/sluice.sock"])")) {
    auto address = read_address(element);
    if (!address) continue;
    if (std::ranges::find(addresses, *address) != addresses.end())
      element.complain(element.quoted() + " is listed twice", "list every address once");
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

/// The socket in the state directory, where `listen` is left out.
std::vector<std::string> default_listen(const json_value& root,
                                        const std::filesystem::path& state_dir) {
  const auto path = (state_dir / defaults::socket_name).string();
  if (path.size() > limits::socket_path)
    root.member("listen").complain(
        "is missing, and the socket's default path in state_dir is " + std::to_string(path.size()) +
            " bytes long",
        "Unix sockets allow " + std::to_string(limits::socket_path) + ": give a shorter path here");
  return {std::string(unix_scheme) + path};
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
  if (!root.is_object_of(
          {"node", "listen", "http", "state_dir", "connections", "max_running_syncs", "log",
           "retention", "notify"}))
    return out;
  node.name = root.member("node").as_name().value_or(default_name());
  const auto state_dir =
      root.required("state_dir", "name the folder that keeps ledgers and catalog: \"../state\"")
          .as_path();
  node.state_dir = state_dir.value_or("");
  if (const auto listen = root.member("listen"); listen.present()) {
    node.listen = read_listen(listen);
  } else if (state_dir) {
    node.listen = default_listen(root, *state_dir);
  }
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
