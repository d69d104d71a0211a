#include "runtime/node/check.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/error.hpp"
#include "messages/json.hpp"
#include "messages/utf8.hpp"
#include "runtime/config/effective.hpp"
#include "runtime/log/printable.hpp"
#include "runtime/node/connection_check.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/node/tls.hpp"

namespace sluice::node {
namespace {

using nlohmann::ordered_json;

/// The connections of these names; all if no name is given. Throws `failure` (unknown_connection)
/// with every unknown name.
std::vector<const config::connection_config*> selected(const config::node_config& config,
                                                       const std::vector<connection_name>& names) {
  std::string unknown;
  for (const auto& name : names)
    if (!config.connections.contains(name)) unknown += (unknown.empty() ? "" : ", ") + name;
  if (!unknown.empty())
    throw failure(errc::unknown_connection, "check connection", unknown,
                  "the configuration has no connection of that name", {});
  std::vector<const config::connection_config*> found;
  for (const auto& [name, connection] : config.connections)
    if (names.empty() || std::find(names.begin(), names.end(), name) != names.end())
      found.push_back(&connection);
  return found;
}

ordered_json to_json(const std::vector<config::problem>& problems) {
  auto list = ordered_json::array();
  for (const auto& p : problems)
    list.push_back({{"file", p.file.string()},
                    {"pointer", p.pointer},
                    {"message", p.message},
                    {"hint", p.hint}});
  return list;
}

ordered_json to_json(const connection_check& c) {
  return {{"connection", c.connection},
          {"source", sluice::to_json(c.source)},
          {"destination", c.destination ? sluice::to_json(*c.destination) : ordered_json{}},
          {"delivered_on", c.delivered_on.empty() ? ordered_json{} : ordered_json(c.delivered_on)},
          {"warnings", c.warnings},
          {"passed", c.passed()}};
}

void print(const connection_check& c) {
  std::cout << c.connection << ": source " << (c.source ? "FAILED" : "ok") << ", destination "
            << (!c.destination   ? "not tested"
                : *c.destination ? "FAILED"
                                 : "ok")
            << (c.delivered_on.empty() ? "" : ": node " + c.delivered_on + " delivers") << "\n";
  if (c.source) std::cout << "  error: " << log::printable(c.source.text()) << "\n";
  if (c.destination && *c.destination)
    std::cout << "  error: " << log::printable(c.destination->text()) << "\n";
  for (const auto& warning : c.warnings)
    std::cout << "  warning: " << log::printable(warning) << "\n";
  std::cout << std::flush;
}

/// A line on standard error that is redrawn, if standard error is a terminal.
class progress_line {
 public:
  progress_line() = default;
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line() { clear(); }

  void show(const check_progress& now) {
    if (!shows_) return;
    constexpr std::size_t width = 79;
    std::string names;
    for (const auto& name : now.under_way) names += (names.empty() ? ": " : ", ") + name;
    const auto text = "checked " + std::to_string(now.done) + " of " + std::to_string(now.all) +
                      (names.empty() ? "" : ", waiting for answers") + names;
    std::cerr << "\r" << whole_characters(text, width) << "\x1b[K" << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (std::exchange(drawn_, false)) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool shows_ = ::isatty(STDERR_FILENO) != 0;
  bool drawn_ = false;
};

/// The problems of the node's certificate, reported for its file.
std::vector<config::problem> certificate_problems(const config::node_config& config) {
  try {
    tls_context_of(config);
    return {};
  } catch (const failure& f) {
    return {{config.file, "/tls", f.info().message(), f.info().hint}};
  }
}

/// Prints the files of the connections, as people write them or as one document; without names also
/// the node's file, first.
void show(const config::effective_config& effective,
          const std::vector<const config::connection_config*>& connections, bool with_node,
          bool json) {
  if (json) {
    ordered_json document{{"problems", ordered_json::array()}};
    if (with_node) document["node"] = to_json(effective.node);
    auto& all = document["connections"] = ordered_json::object();
    for (const auto* connection : connections)
      all[connection->name] = to_json(effective.connections.at(connection->name));
    std::cout << document << std::endl;
    return;
  }
  if (with_node) std::cout << config::text_of(effective.node);
  bool first = !with_node;
  for (const auto* connection : connections) {
    if (!std::exchange(first, false)) std::cout << "\n";
    std::cout << config::text_of(effective.connections.at(connection->name));
  }
  std::cout << std::flush;
}

int refuse(const std::vector<config::problem>& problems, bool json) {
  if (json) {
    std::cout << ordered_json{{"problems", to_json(problems)},
                              {"connections", ordered_json::array()}}
              << std::endl;
  } else {
    for (const auto& p : problems) std::cerr << "error: " << config::to_text(p) << "\n";
  }
  return 2;
}

}  // namespace

int run_check(const check_options& options) {
  // To show a configuration, the secrets for connecting are not needed.
  auto loaded = config::load(options.config,
                             options.show ? config::references::left : config::references::tried,
                             options.show ? config::effective::seen : config::effective::unseen);
  if (loaded.config && !options.show) loaded.problems = certificate_problems(*loaded.config);
  if (!loaded.problems.empty()) return refuse(loaded.problems, options.json);
  const auto& config = *loaded.config;
  const auto connections = selected(config, options.connections);
  if (!options.json)
    for (const auto& warning : loaded.warnings)
      std::cerr << "warning: " << config::to_text(warning) << std::endl;
  if (options.show) {
    show(*loaded.effective, connections, options.connections.empty(), options.json);
    return 0;
  }

  error state;
  try {
    check_state_dir(config.state_dir);
  } catch (const failure& f) {
    state = f.info();
  }
  if (state && !options.json) std::cout << "error: " << log::printable(state.text()) << std::endl;

  const auto keys = std::make_shared<credentials::keyring>(
      config.name, credentials_in(config.state_dir), log::logger({.level = log::level::error}),
      config.credentials, false);
  bool all_passed = !state;
  auto report = ordered_json::array();
  progress_line line;
  check_all(
      connections,
      [&](const auto& connection) { return check_connection(connection, config.name, keys); },
      [&](const connection_check& result) {
        all_passed = all_passed && result.passed();
        line.clear();
        if (options.json)
          report.push_back(to_json(result));
        else
          print(result);
      },
      [&](const check_progress& now) { line.show(now); });
  line.clear();
  if (options.json) {
    std::cout << ordered_json{{"problems", ordered_json::array()},
                              {"warnings", to_json(loaded.warnings)},
                              {"state_dir", sluice::to_json(state)},
                              {"connections", report}}
              << std::endl;
  } else if (config.connections.empty()) {
    std::cout << "the configuration is valid and has no connections\n";
  }
  return all_passed ? 0 : 1;
}

}  // namespace sluice::node
