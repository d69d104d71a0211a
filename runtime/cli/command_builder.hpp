// What the commands of the command line are made of.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "runtime/cli/command_line.hpp"
#include "runtime/cli/command_model.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/duration.hpp"

namespace sluice::cli {

/// Adds commands to CLI11's definition, with the options that several have; parsing notes which
/// one was chosen.
class command_builder {
 protected:
  static constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours{24};

  CLI::App* add(const std::string& name, const std::string& description) {
    return app_.add_subcommand(name, description);
  }

  /// A command that talks to a node. `what` outlives the parsing.
  template <class Options>
  CLI::App* add_shim(const std::string& name, const std::string& description, Options& what) {
    auto* sub = add(name, description);
    sub->add_option(
           "--node", how_.node,
           "Address of the node, unix:PATH, tls:HOST:PORT or tcp:HOST:PORT; else $SLUICE_NODE")
        ->type_name("ADDRESS")
        ->capture_default_str();
    sub->add_option("--cert", how_.certificate,
                    "Certificate to show a node behind TLS; else $SLUICE_CERT")
        ->type_name("FILE");
    sub->add_option("--key", how_.key, "Its private key; else $SLUICE_KEY")->type_name("FILE");
    sub->add_option("--ca", how_.ca, "Certificate of the deployment's authority; else $SLUICE_CA")
        ->type_name("FILE");
    sub->add_option_function<std::string>(
           "--timeout",
           [this](const std::string& text) {
             const auto parsed = config::parse_duration(text);
             if (!parsed || parsed->count() < 1 || *parsed > longest_timeout)
               throw CLI::ValidationError("--timeout", "'" + text +
                                                           "' is no duration from 1ms to 24h, for "
                                                           "example 500ms, 30s or 5m");
             how_.timeout = *parsed;
             how_.limited = true;
           },
           "Time to connect, and for each answer of the node")
        ->type_name("DURATION")
        ->default_str("10s");
    add_json(sub);
    sub->callback([this, &what] {
      chosen_ = [this, &what](const local_commands&) {
        output out{how_.json};
        return static_cast<int>(run(what, how_, out));
      };
    });
    return sub;
  }

  CLI::Option* add_json(CLI::App* sub) {
    return sub->add_flag("--json", how_.json, "Print exactly one JSON document on standard output");
  }

  static void add_connection(CLI::App* sub, connection_name& where) {
    sub->add_option("CONNECTION", where, "Name of the connection")->required()->type_name("");
  }
  template <class Count>
  static CLI::Option* add_limit(CLI::App* sub, Count& where, Count most) {
    return sub->add_option("--limit", where, "How many to show, the latest first")
        ->check(CLI::Range(Count{1}, most))
        ->type_name("N")
        ->capture_default_str();
  }
  static void add_folder(CLI::App* sub, std::filesystem::path& where, const std::string& what) {
    sub->add_option("DIR", where, what)->required()->type_name("FILE");
  }
  static void add_wide(CLI::App* sub, bool& where) {
    sub->add_flag("--wide", where,
                  "Print every column and every text whole, however wide the terminal is");
  }
  void add_config(CLI::App* sub, std::filesystem::path& where) {
    sub->add_option("--config", where, "The node's configuration, node.json")
        ->required()
        ->type_name("FILE");
  }

  /// A command that needs no node. `what` outlives the parsing.
  template <class Options>
  void runs_alone(CLI::App* sub, Options& what) {
    add_json(sub);
    sub->callback([this, &what] {
      chosen_ = [this, &what](const local_commands&) {
        output out{how_.json};
        return static_cast<int>(run(what, out));
      };
    });
  }

  /// A command that prints a text generated from the definition of this command line.
  void prints(CLI::App* sub, std::function<std::string(const command_model&)> text) {
    sub->callback([this, text = std::move(text)] {
      chosen_ = [this, text](const local_commands&) {
        output{false}.result(text(model_of(app_)));
        return 0;
      };
    });
  }

  CLI::App app_{"Sluice moves rows from a warehouse to the systems a business works in.", "sluice"};
  std::function<int(const local_commands&)> chosen_;
  shim_options how_;
};

}  // namespace sluice::cli
