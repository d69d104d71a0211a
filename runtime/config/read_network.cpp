// The part of the node section about its addresses, its certificate and its peers.
#include <algorithm>
#include <utility>

#include "messages/error.hpp"
#include "runtime/config/node_keys.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/net/address.hpp"

namespace sluice::config {
namespace {

/// The address; nothing, with a problem recorded, for anything else.
std::optional<net::address> read_address(const json_value& address) {
  const auto text = address.as_text();
  if (!text) return std::nullopt;
  try {
    return net::parse_address(*text);
  } catch (const failure& e) {
    address.complain(address.quoted() + " is not an address: " + e.info().cause, e.info().hint);
  }
  return std::nullopt;
}

/// Where to listen; a Unix socket gets its absolute path.
std::optional<net::address> read_listen_address(const json_value& element, bool insecure) {
  auto address = read_address(element);
  if (!address) return std::nullopt;
  if (address->is_unix()) {
    address->path = (element.directory() / address->path).lexically_normal();
    const auto size = address->path.native().size();
    if (size <= net::max_socket_path) return address;
    element.complain(
        "the socket's absolute path is " + std::to_string(size) + " bytes long",
        "Unix sockets allow " + std::to_string(net::max_socket_path) + ": choose a shorter path");
    return std::nullopt;
  }
  if (!address->bare) return address;
  if (!address->is_loopback()) {
    element.complain(element.quoted() + " would let anybody send commands",
                     "nodes listen on TCP with certificates only: write \"tls:HOST:PORT\" and add "
                     "\"tls\"");
  } else if (!insecure) {
    element.complain(element.quoted() + " lets every user of this machine send commands",
                     "write \"tls:HOST:PORT\" and add \"tls\", or say \"insecure\": true");
  } else {
    return address;
  }
  return std::nullopt;
}

/// Adds the address, or complains, with `hint`, that it is there already.
void add_once(const json_value& element, const net::address& address, const char* hint,
              std::vector<std::string>& addresses) {
  auto text = address.text();
  if (std::ranges::find(addresses, text) != addresses.end())
    return element.complain(element.quoted() + " is listed twice", hint);
  addresses.push_back(std::move(text));
}

std::vector<std::string> read_listen(const json_value& listen, bool insecure) {
  std::vector<std::string> addresses;
  for (const auto& element : listen.elements(R"(["unix:../state/sluice.sock"])")) {
    if (const auto address = read_listen_address(element, insecure))
      add_once(element, *address, "list every address once", addresses);
  }
  return addresses;
}

/// The socket in the state directory, where `listen` is left out.
std::vector<std::string> default_listen(const json_value& listen,
                                        const std::filesystem::path& state_dir) {
  const auto path = (state_dir / defaults::socket_name).string();
  if (path.size() > net::max_socket_path)
    listen.complain("is missing, and the socket's default path in state_dir is " +
                        std::to_string(path.size()) + " bytes long",
                    "Unix sockets allow " + std::to_string(net::max_socket_path) +
                        ": give a shorter path here");
  return {net::address{path}.text()};
}

std::vector<std::string> read_peers(const json_value& peers) {
  std::vector<std::string> addresses;
  if (!peers.present()) return addresses;
  for (const auto& element : peers.elements(R"(["tls:b.example:4600"])")) {
    const auto address = read_address(element);
    if (!address) continue;
    if (!address->is_tls()) {
      element.complain(element.quoted() + " is not protected",
                       "nodes talk to each other with certificates: write \"tls:HOST:PORT\"");
      continue;
    }
    add_once(element, *address, "list every peer once", addresses);
  }
  return addresses;
}

/// The node's certificate; required if an address needs it.
std::optional<tls_config> read_tls(const json_value& value, bool needed) {
  constexpr auto hint =
      "write \"tls\": {\"certificate\": PATH, \"key\": PATH, \"ca\": PATH} in PEM form";
  if (needed && !value.present()) value.complain("is missing", hint);
  section tls(value);
  const auto certificate = tls.required("certificate", hint).as_path();
  const auto key = tls.required("key", hint).as_private_key();
  const auto ca = tls.required("ca", hint).as_path();
  if (!certificate || !key || !ca) return std::nullopt;
  return tls_config{*certificate, *key, *ca};
}

heartbeat_config read_heartbeat(const json_value& value) {
  heartbeat_config out;
  section heartbeat(value);
  out.every = heartbeat.duration("every", limits::heartbeat_min, limits::heartbeat_max, out.every);
  out.dead_after = heartbeat.duration("dead_after", limits::dead_after_min, limits::dead_after_max,
                                      out.dead_after);
  if (out.dead_after < 2 * out.every)
    heartbeat.complain("a single heartbeat that is late would cut a healthy link",
                       "make \"dead_after\" at least twice \"every\"");
  return out;
}

}  // namespace

void read_network(node_keys& keys, node_config& node) {
  const bool insecure = keys.root.boolean("insecure", false);
  const auto listen = keys.fixed<&node_config::listen>("listen");
  const auto peers = keys.fixed<&node_config::peers>("peers");
  const auto tls = keys.fixed<&node_config::tls>("tls");
  const auto heartbeat = keys.fixed<&node_config::heartbeat>("heartbeat");
  if (listen.present()) {
    node.listen = read_listen(listen, insecure);
  } else if (!node.state_dir.empty()) {
    node.listen = default_listen(listen, node.state_dir);
    listen.defaults_to(node.listen);
  }
  node.peers = read_peers(peers);
  const bool listens =
      std::ranges::any_of(node.listen, [](const std::string& a) { return a.starts_with("tls:"); });
  node.tls = read_tls(tls, listens || !node.peers.empty());
  node.heartbeat = read_heartbeat(heartbeat);
}

}  // namespace sluice::config
