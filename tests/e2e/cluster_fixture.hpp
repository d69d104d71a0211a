// Several nodes of one cluster on this machine, with certificates of their own authority.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/node_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/reserved_port.hpp"

namespace sluice::test {

class cluster_fixture {
 public:
  /// A node that is not started yet: it listens on its Unix socket and on a TLS port of its own.
  node_fixture& add(const std::string& name);
  node_fixture& add(const std::string& name, const std::string& host, std::uint16_t port);
  node_fixture& operator[](const std::string& name) { return *nodes_.at(name); }
  /// From now on `from` dials the others.
  void peer(const std::string& from, const std::vector<std::string>& others);
  /// Starts nodes a, b, c ..., each of which dials those before it, and waits until all are linked.
  void start(const std::vector<std::string>& names);
  /// Waits until `from` shows the link with `to` in that state.
  void wait_for_link(const std::string& from, const std::string& to, const std::string& state);
  /// `nodes --json` of a node, by name; addresses where nobody answered yet are left out.
  std::map<std::string, nlohmann::json> nodes(const std::string& from);

  [[nodiscard]] std::string tls_address(const std::string& name) const { return tls_.at(name); }
  /// `--node TLS-ADDRESS --cert … --key … --ca …` for a party such as `operator:ci`.
  std::vector<std::string> as(const std::string& party, const std::string& node);
  /// The same with the files of a certificate.
  std::vector<std::string> with(const certificate_files& files, const std::string& node) const;
  /// Runs `sluice ARGUMENTS… MORE…`.
  static outcome run(std::vector<std::string> arguments, const std::vector<std::string>& more);

  temp_dir dir;
  certificate_authority authority{dir.path(), "authority"};
  /// Signs of life, so that a frozen node is noticed soon.
  nlohmann::json heartbeat{{"every", "500ms"}, {"dead_after", "2s"}};

 private:
  std::map<std::string, std::unique_ptr<node_fixture>> nodes_;
  std::map<std::string, std::string> tls_;
  std::vector<reserved_port> ports_;
};

/// How long `work` takes.
std::chrono::milliseconds time_of(const std::function<void()>& work);

}  // namespace sluice::test
