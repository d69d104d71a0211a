#include "runtime/node/check.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "messages/error.hpp"
#include "messages/json.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/mapping/compile.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/node/tls.hpp"
#include "runtime/source/model_reader.hpp"

namespace sluice::node {
namespace {

using nlohmann::ordered_json;

/// What testing one connection found. An error with code `none` is a pass.
struct connection_check {
  std::string connection;
  error source;
  std::optional<error> destination;  ///< nothing: not tested, since the source says what to deliver
  std::string delivered_on;          ///< another node, the only one that can test the destination
  std::vector<std::string> warnings;  ///< what the user should know although nothing is refused

  [[nodiscard]] bool passed() const {
    return !source && (destination ? !*destination : !delivered_on.empty());
  }
};

template <class Work>
error error_of(const std::string& operation, const std::string& object, const Work& work) {
  try {
    work();
    return {};
  } catch (const failure& f) {
    return f.info();
  } catch (const std::exception& e) {
    return {errc::internal, operation, object, e.what(), "please report this as a defect"};
  }
}

/// What a run does first, with a row of it: the database may describe a model and refuse to read
/// it, or read it and refuse the condition that a later run begins with.
void read_a_row(source::model_reader& model, const std::vector<std::size_t>& wanted) {
  model.begin(wanted, {.at_most = 1});
  static_cast<void>(model.next());
  if (!model.reached()) return;
  model.begin(wanted, {.cursor = model.reached(), .at_most = 1});
  static_cast<void>(model.next());
}

connection_check test(const config::connection_config& config, const std::string& node) {
  connection_check result{config.name, {}, {}, {}, {}};
  std::optional<row_schema> schema;
  result.source = error_of("read model", config.name, [&] {
    const auto model = source::open_model(config.name, config.source, {});
    const auto plan =
        mapping::compile(config.name, config.mapping, config.source.key, model->columns());
    read_a_row(*model, plan.wanted());
    schema = plan.schema();
  });
  if (!schema) return result;
  if (const auto& on = config.delivery.on; !on.empty() && on != node) {
    result.delivered_on = on;
    return result;
  }
  result.destination = error_of("open destination", config.name, [&] {
    const auto destination = destinations::make_factory(config.destination, log::logger({}))();
    destination->probe(destinations::make_context(config, {}, *schema), {});
    result.warnings = destination->warnings();
  });
  return result;
}

std::vector<const config::connection_config*> selected(const config::node_config& config,
                                                       const std::vector<std::string>& names) {
  std::vector<const config::connection_config*> found;
  for (const auto& [name, connection] : config.connections)
    if (names.empty() || std::find(names.begin(), names.end(), name) != names.end())
      found.push_back(&connection);
  for (const auto& name : names)
    if (!config.connections.contains(name))
      throw failure(errc::unknown_connection, "check connection", name,
                    "the configuration has no connection of that name", {});
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
  if (c.source) std::cout << "  " << c.source.text() << "\n";
  if (c.destination && *c.destination) std::cout << "  " << c.destination->text() << "\n";
  for (const auto& warning : c.warnings) std::cout << "  warning: " << warning << "\n";
}

}  // namespace

int run_check(const check_options& options) {
  auto loaded = config::load(options.config);
  if (loaded.config) loaded.problems = config::check_references(*loaded.config);
  if (!loaded.problems.empty()) {
    if (options.json) {
      std::cout << ordered_json{{"problems", to_json(loaded.problems)},
                                {"connections", ordered_json::array()}}
                << std::endl;
    } else {
      std::cerr << config::to_text(loaded.problems);
    }
    return 2;
  }
  tls_context_of(*loaded.config);  // throws if its files cannot be used
  const auto state = error_of("use state directory", loaded.config->state_dir.string(),
                              [&] { check_state_dir(loaded.config->state_dir); });
  if (state && !options.json) std::cout << state.text() << "\n";
  bool all_passed = !state;
  auto report = ordered_json::array();
  for (const auto* connection : selected(*loaded.config, options.connections)) {
    const auto result = test(*connection, loaded.config->name);
    all_passed = all_passed && result.passed();
    if (options.json) {
      report.push_back(to_json(result));
    } else {
      print(result);
    }
  }
  if (options.json) {
    std::cout << ordered_json{{"problems", ordered_json::array()},
                              {"state_dir", sluice::to_json(state)},
                              {"connections", report}}
              << std::endl;
  } else if (loaded.config->connections.empty()) {
    std::cout << "the configuration is valid and has no connections\n";
  }
  return all_passed ? 0 : 1;
}

}  // namespace sluice::node
