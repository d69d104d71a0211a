#include "tests/e2e/cluster_fixture.hpp"

#include <doctest/doctest.h>

namespace sluice::test {

using namespace std::chrono_literals;

node_fixture& cluster_fixture::add(const std::string& name) {
  return add(name, "127.0.0.1", ports_.emplace_back().number());
}

node_fixture& cluster_fixture::add(const std::string& name, const std::string& host,
                                   std::uint16_t port) {
  auto& node = *(nodes_[name] = std::make_unique<node_fixture>());
  tls_[name] = "tls:" + host + ":" + std::to_string(port);
  const auto files = authority.issue({.name = "node:" + name, .addresses = {host}});
  node.settings = {{"node", name},
                   {"listen", {node.address(), tls_[name]}},
                   {"heartbeat", heartbeat},
                   {"tls",
                    {{"certificate", files.certificate.string()},
                     {"key", files.key.string()},
                     {"ca", authority.certificate().string()}}}};
  return node;
}

void cluster_fixture::peer(const std::string& from, const std::vector<std::string>& others) {
  auto& peers = (*this)[from].settings["peers"];
  peers = nlohmann::json::array();
  for (const auto& other : others) peers.push_back(tls_.at(other));
}

void cluster_fixture::start(const std::vector<std::string>& names) {
  std::vector<std::string> before;
  for (const auto& name : names) {
    if (!before.empty()) peer(name, before);
    (*this)[name].start();
    before.push_back(name);
  }
  for (const auto& from : names)
    for (const auto& to : names)
      if (from != to) wait_for_link(from, to, "linked");
}

std::map<std::string, nlohmann::json> cluster_fixture::nodes(const std::string& from) {
  std::map<std::string, nlohmann::json> found;
  for (auto& node : (*this)[from].json({"nodes"}))
    if (node["node"].is_string()) found.emplace(node["node"], node);
  return found;
}

void cluster_fixture::wait_for_link(const std::string& from, const std::string& to,
                                    const std::string& state) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  for (;;) {
    const auto known = nodes(from);
    if (const auto n = known.find(to); n != known.end() && n->second["link"] == state) return;
    INFO("log of ", from, ": ", (*this)[from].node().errors());
    INFO("nodes: ", nlohmann::json(known).dump());
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, "no such link");
  }
}

std::vector<std::string> cluster_fixture::as(const std::string& party, const std::string& node) {
  return with(authority.issue({.name = party}), node);
}

std::vector<std::string> cluster_fixture::with(const certificate_files& files,
                                               const std::string& node) const {
  return {"--node", tls_.at(node),      "--cert", files.certificate.string(),
          "--key",  files.key.string(), "--ca",   authority.certificate().string()};
}

outcome cluster_fixture::run(std::vector<std::string> arguments,
                             const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program({.program = SLUICE_BINARY, .arguments = std::move(arguments)}, 60s);
}

std::chrono::milliseconds time_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace sluice::test
