#include "runtime/cli/command_line.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "messages/own_version.hpp"
#include "runtime/cli/command_builder.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/completion.hpp"
#include "runtime/cli/man_page.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::cli {
namespace {

constexpr auto exit_codes = R"(Exit codes:
  0  done; with sync --wait or --watch: the run succeeded
  1  the run failed or was interrupted, or a check failed
  2  wrong usage or invalid configuration
  3  no node answers at the address, or it timed out
  4  refused: already running, draining, not running, disabled
  5  unknown connection
  6  with sync --wait or --watch: the run was stopped
  7  with sync --wait or --watch: succeeded, but some rows were rejected or invalid)";

constexpr std::uint32_t longest_list = 100'000;
/// A number that no history reaches. Runs are printed a page at a time, so a large one is harmless.
constexpr std::uint64_t longest_history = 1'000'000'000'000;
constexpr std::uint32_t most_samples = 100;
constexpr std::uint32_t longest_validity = 36'500;  // days

void take_from_environment(const char* variable, std::string& value) {
  if (const char* named = std::getenv(variable); named != nullptr && *named != '\0') value = named;
}

/// The command line as CLI11 defines it, and the parsed options.
class command_line : public command_builder {
 public:
  command_line() {
    // Not CLI11's envname: it applies to the options of commands that were not given, too.
    take_from_environment("SLUICE_NODE", how_.node);
    take_from_environment("SLUICE_CERT", how_.certificate);
    take_from_environment("SLUICE_KEY", how_.key);
    take_from_environment("SLUICE_CA", how_.ca);
    app_.set_version_flag("--version", "sluice " + own_version());
    app_.require_subcommand(1);
    app_.footer(exit_codes);
    add_node();
    add_check();
    add_connections();
    add_nodes();
    add_console();
    add_sync();
    add_stop();
    add_status();
    add_runs();
    add_rejected();
    add_rows();
    add_preview();
    add_enable();
    add_disable();
    add_reset();
    add_reload();
    add_shutdown();
    add_presets();
    add_credentials();
    add_authorize();
    add_backup();
    add_restore();
    add_tls();
    add_completion();
    add_man();
    add_help();
    add_version();
  }

  /// Throws CLI::ParseError, which includes the request for help.
  void parse(int argc, const char* const* argv) { app_.parse(argc, argv); }
  int execute(const local_commands& local) { return chosen_(local); }
  /// Prints help or version, as asked for.
  int answer(const CLI::ParseError& e) const { return app_.exit(e); }

  /// The given command, as in `sluice sync`.
  [[nodiscard]] std::string command() const {
    const auto begun = app_.get_subcommands();
    return begun.empty() ? "sluice" : "sluice " + begun.front()->get_name();
  }

  /// The error of a command line that could not be parsed.
  [[nodiscard]] error explain(const CLI::ParseError& e, int argc, const char* const* argv) const {
    const std::string first = argc > 1 ? argv[1] : "";
    if (!app_.get_subcommands().empty() || first.empty() || first.starts_with('-'))
      return {errc::usage, command(), {}, e.what(), "see `" + command() + " --help`"};
    return no_such_command(first);
  }
  [[nodiscard]] std::string help() const { return app_.help(); }

 private:
  void add_node() {
    auto* sub = add("node", "Run a node in the foreground until SIGTERM or SIGINT");
    add_config(sub, node_.config);
    sub->callback(
        [this] { chosen_ = [this](const local_commands& local) { return local.node(node_); }; });
  }
  void add_check() {
    auto* sub = add("check", "Validate the configuration, then test sources and destinations");
    add_config(sub, check_.config);
    sub->add_option("CONNECTION", check_.connections,
                    "Connections to test or show; all if none is named")
        ->type_name("");
    sub->add_flag("--show", check_.show,
                  "Print the configuration as it holds, defaults and presets filled in and secrets "
                  "masked, instead of testing it");
    add_json(sub);
    sub->callback([this] {
      chosen_ = [this](const local_commands& local) {
        check_.json = how_.json;
        return local.check(check_);
      };
    });
  }
  void add_connections() {
    auto* sub =
        add_shim("connections", "List every connection: state, mode, last run, next run, health",
                 connections_);
    sub->add_flag("--names", connections_.names, "Print the names alone, one per line")
        ->excludes("--json");
    add_wide(sub, connections_.wide);
  }
  void add_nodes() {
    auto* sub = add_shim(
        "nodes", "List the nodes of the cluster: link, uptime, which connections each one runs",
        nodes_);
    add_wide(sub, nodes_.wide);
  }
  void add_console() {
    auto* sub = add_shim(
        "console", "Open the web console, signed in: the page of a connection, or all of them",
        console_);
    sub->add_option("CONNECTION", console_.connection, "Name of the connection")->type_name("");
    sub->add_flag("--print", console_.print, "Print the address and open nothing");
  }
  void add_sync() {
    auto* sub = add_shim("sync", "Start a run and print its id", sync_);
    add_connection(sub, sync_.connection);
    sub->add_flag("--full", sync_.full, "Deliver every row again: begin a new epoch");
    sub->add_flag("--wait", sync_.wait,
                  "If a run is active, start after it; return when the run has ended");
    sub->add_flag("--watch", sync_.watch, "As --wait, with live progress");
    sub->get_option("--json")->description(
        "Print JSON on standard output: the run; with --watch the run as it goes on, one document "
        "on each line, the last of which is the run as it ended");
    sub->add_flag("--allow-deletes", sync_.allow_deletes, "Let this run through the delete guard");
    add_rows_of_sync(sub);
  }
  void add_rows_of_sync(CLI::App* sub) {
    auto* const full = sub->get_option("--full");
    auto* const limit =
        sub->add_option("--limit", sync_.limit,
                        "End the run after so many inserts, updates and deletes; the next run goes "
                        "on behind them")
            ->check(CLI::PositiveNumber)
            ->type_name("ROWS");
    // Every command has --key, for the private key of --cert. A row's key is an object.
    sub->remove_option(sub->get_option("--key"));
    sub->add_option_function<std::vector<std::string>>(
           "--key",
           [this](const std::vector<std::string>& given) {
             for (const auto& value : given) {
               if (value.starts_with('{'))
                 sync_.keys.push_back(value);
               else
                 how_.key = value;
             }
           },
           "Deliver the row with this key and no others, whatever was delivered before, and "
           "tell what became of it: '{\"id\": 7}'. May be repeated. A FILE is the private key "
           "of --cert")
        ->type_name("JSON")
        ->allow_extra_args(false);
    auto* const file = sub->add_option("--keys", sync_.key_file,
                                       "The same for a file of keys, one on each line; - is "
                                       "standard input")
                           ->type_name("FILE");
    file->excludes(full)->excludes(limit);
  }
  void add_stop() {
    auto* sub =
        add_shim("stop", "Stop the run: halt reading at once, drain what is in flight", stop_);
    add_connection(sub, stop_.connection);
    sub->add_flag("--yes", stop_.yes, "Do not ask; required without a terminal");
    sub->add_flag("--now", stop_.now,
                  "Abandon the drain: what is in flight goes with the next run");
    sub->add_flag("--wait", stop_.wait, "Return when the drain has ended");
  }
  void add_status() {
    auto* sub =
        add_shim("status", "Show a connection's state, run, counters and next run", status_);
    add_connection(sub, status_.connection);
    sub->add_flag("--settings", status_.settings,
                  "Print the configuration that the node uses instead, secrets masked");
  }
  void add_runs() {
    auto* sub = add_shim("runs", "List a connection's runs, newest first", runs_);
    add_connection(sub, runs_.connection);
    auto* const limit = add_limit(sub, runs_.limit, longest_history);
    sub->add_flag("--all", runs_.all, "Show all of them")->excludes(limit);
    add_wide(sub, runs_.wide);
  }
  void add_rejected() {
    auto* sub = add_shim("rejected", "List rows that were refused or invalid, and why", rejected_);
    add_connection(sub, rejected_.connection);
    add_limit(sub, rejected_.limit, longest_list);
    sub->add_flag("--reasons", rejected_.reasons, "Count the rows by reason");
    add_wide(sub, rejected_.wide);
  }
  void add_rows() {
    auto* sub = add_shim("rows", "List what became of each row of a run, from its row log", rows_);
    add_connection(sub, rows_.connection);
    sub->add_option("RUN", rows_.run, "Id of the run")->required()->type_name("");
    sub->add_option("--outcome", rows_.outcome, "Only rows of which that became")
        ->check(CLI::IsMember(
            std::vector<std::string>{"delivered", "rejected", "undelivered", "unknown", "invalid"}))
        ->type_name("WORD");
    sub->add_option("--text", rows_.text, "Only rows whose line has this in it")->type_name("TEXT");
    sub->add_option("--limit", rows_.limit, "How many to show, the first ones")
        ->check(CLI::Range(std::uint32_t{1}, longest_list))
        ->type_name("N")
        ->capture_default_str();
  }
  void add_preview() {
    auto* sub = add_shim("preview",
                         "Tell what a run would deliver now, with sample rows; sends nothing, "
                         "moves nothing. Waits without end, unless --timeout is given",
                         preview_);
    add_connection(sub, preview_.connection);
    sub->add_flag("--full", preview_.full, "As if the run began a new epoch: every row");
    sub->add_option("--limit", preview_.limit, "Sample rows of each kind")
        ->check(CLI::Range(std::uint32_t{0}, most_samples))
        ->type_name("N")
        ->capture_default_str();
  }
  void add_enable() {
    add_connection(add_shim("enable", "Let a connection run again", enable_), enable_.connection);
  }
  void add_disable() {
    add_connection(
        add_shim("disable", "Stop a connection as stop does, until it is enabled", disable_),
        disable_.connection);
  }
  void add_reset() {
    auto* sub = add_shim("reset", "Forget what the destination has acknowledged", reset_);
    add_connection(sub, reset_.connection);
    sub->add_flag("--assume-synced", reset_.assume_synced,
                  "Then record the rows of the source as acknowledged, without sending them");
    sub->add_flag("--yes", reset_.yes, "Do not ask; required without a terminal");
  }
  void add_reload() {
    add_wide(
        add_shim("reload", "Read the configuration again and apply what changed, if it is valid",
                 reload_),
        reload_.wide);
  }
  void add_shutdown() {
    auto* sub = add_shim("shutdown", "Drain every run, then end the node", shutdown_);
    sub->add_flag("--now", shutdown_.now, "Abandon the drains");
    sub->add_flag("--wait", shutdown_.wait, "Return when the node has ended");
  }

  void add_presets() {
    auto* sub =
        add("presets",
            "List the APIs that this program knows; of one what it needs, its limits, and a "
            "connection to paste");
    sub->add_option("PRESET", presets_.preset, "Its name; all if none is given")->type_name("");
    add_wide(sub, presets_.wide);
    runs_alone(sub, presets_);
  }
  void add_credentials() {
    auto* sub =
        add_shim("credentials",
                 "List the credentials of a node: age, end, last refresh and last error of each",
                 credentials_);
    sub->add_option("--config", credentials_.config,
                    "Read the files of the node with this configuration, node.json, instead of "
                    "asking a node that runs")
        ->type_name("FILE");
  }
  void add_authorize() {
    auto* sub =
        add("authorize",
            "Authorise a credential in the browser, and keep the refresh token that comes of "
            "it for the node. As the user of the node, on its machine");
    sub->add_option("CREDENTIAL", authorize_.credential, "Its name in node.json")
        ->required()
        ->type_name("");
    add_config(sub, authorize_.config);
    sub->add_flag("--paste", authorize_.paste,
                  "The browser is on another machine: paste the address that it shows at the end");
    runs_alone(sub, authorize_);
  }
  void add_backup() {
    auto* sub = add("backup",
                    "Copy what a node keeps, its catalog and its ledgers, to a folder, while the "
                    "node runs or not");
    add_folder(sub, backup_.folder, "The folder: empty, or not there yet");
    add_config(sub, backup_.config);
    runs_alone(sub, backup_);
  }
  void add_restore() {
    auto* sub = add("restore",
                    "Put a backup in the place of what a node keeps. The node must have ended; the "
                    "next run of each connection delivers what the backup does not know");
    add_folder(sub, restore_.folder, "The folder that `sluice backup` has filled");
    add_config(sub, restore_.config);
    sub->add_flag("--replace", restore_.replace,
                  "Move what is there aside, into a folder in the state directory");
    runs_alone(sub, restore_);
  }

  void add_tls() {
    auto* sub = add("tls",
                    "init: make certificates for a deployment of several nodes; run again, it adds "
                    "members");
    sub->add_option("ACTION", action_, "What to do")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>{"init"}));
    sub->add_option("MEMBER", tls_init_.members,
                    "Who gets a certificate: node:NAME=HOST,HOST with the names and addresses at "
                    "which it is reached (without any: this machine), operator:NAME, observer:NAME")
        ->required()
        ->type_name("");
    sub->add_option("--dir", tls_init_.directory, "Where the files are written")
        ->type_name("FILE")
        ->capture_default_str();
    sub->add_option("--days", tls_init_.days, "How long the certificates are good for")
        ->check(CLI::Range(std::uint32_t{1}, longest_validity))
        ->type_name("N")
        ->capture_default_str();
    runs_alone(sub, tls_init_);
  }

  void add_completion() {
    auto* sub = add("completion", "Print the script with which a shell completes sluice");
    sub->add_option("SHELL", shell_, "Which shell")
        ->required()
        ->check(CLI::IsMember(completion_shells()));
    prints(sub,
           [this](const command_model& program) { return completion_script(program, shell_); });
  }
  void add_man() {
    prints(add("man", "Print the manual page: sluice man | man -l -"),
           [](const command_model& program) { return man_page(program, own_version()); });
  }

  void add_help() {
    auto* sub = add("help", "Print what there is, or how a command is used");
    sub->add_option("COMMAND", help_about_, "Name of the command")->type_name("");
    sub->callback([this] {
      chosen_ = [this](const local_commands&) {
        output{false}.result(help_about(help_about_));
        return 0;
      };
    });
  }
  [[nodiscard]] std::string help_about(const std::string& name) const {
    // This parser would print the help of the chosen command, so a new one is used.
    if (name.empty()) return command_line().help();
    for (const auto* sub : app_.get_subcommands(nullptr))
      if (sub->get_name() == name) return sub->help("sluice");
    throw failure(no_such_command(name));
  }
  void add_version() {
    add("version", "Print the version")->callback([this] {
      chosen_ = [](const local_commands&) {
        output{false}.result("sluice " + own_version() + "\n");
        return 0;
      };
    });
  }

  [[nodiscard]] error no_such_command(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const auto* sub : app_.get_subcommands(nullptr)) known.push_back(sub->get_name());
    const auto near = config::nearest(name, known);
    return {errc::usage, "sluice", name, "no such command",
            near ? "did you mean `sluice " + std::string{*near} + "`?" : "see `sluice help`"};
  }

  node::node_options node_;
  node::check_options check_;
  connections_options connections_;
  nodes_options nodes_;
  console_options console_;
  sync_options sync_;
  stop_options stop_;
  status_options status_;
  runs_options runs_;
  rejected_options rejected_;
  rows_options rows_;
  preview_arguments preview_;
  enable_options enable_;
  disable_options disable_;
  reset_options reset_;
  reload_options reload_;
  shutdown_options shutdown_;
  authorize_options authorize_;
  presets_options presets_;
  credentials_options credentials_;
  backup_options backup_;
  restore_options restore_;
  std::string shell_;
  std::string help_about_;
  std::string action_;
  tls_init_options tls_init_;
};

int report(const error& e, bool json) {
  output{json}.report(e);
  return static_cast<int>(code_of(e));
}

}  // namespace

int main(int argc, const char* const* argv, const local_commands& local) {
  // With --json, errors are JSON even if the command line cannot be parsed.
  const bool json = std::any_of(
      argv, argv + argc, [](const char* word) { return std::string_view{word} == "--json"; });
  command_line line;
  if (argc < 2) {
    output{false}.note(line.help());
    return static_cast<int>(exit_code::usage);
  }
  try {
    line.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return line.answer(e);
  } catch (const CLI::ParseError& e) {
    return report(line.explain(e, argc, argv), json);
  }
  try {
    return line.execute(local);
  } catch (...) {
    return report(error_from(std::current_exception(), line.command(), {}), json);
  }
}

}  // namespace sluice::cli
