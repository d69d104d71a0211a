// The commands of the shim: connect, ask, print. The command line has been parsed already.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "messages/names.hpp"
#include "runtime/cli/exit_code.hpp"
#include "runtime/cli/output.hpp"

namespace sluice::cli {

/// The options of every command that talks to a node.
struct shim_options {
  std::string node = "unix:state/sluice.sock";
  /// PEM files, for a node behind TLS; all three or none.
  std::string certificate;
  std::string key;
  std::string ca;
  std::chrono::milliseconds timeout{10'000};  ///< to connect, and for each answer
  bool limited = false;                       ///< `timeout` was given
  bool json = false;
};

struct sync_options {
  connection_name connection;
  bool full = false;
  bool wait = false;
  bool watch = false;
  bool allow_deletes = false;
  std::vector<std::string> keys;   ///< JSON objects: these rows and no others
  std::filesystem::path key_file;  ///< more of them, one on each line; `-`: standard input
  std::uint64_t limit = 0;         ///< deltas; 0: all
};
struct stop_options {
  connection_name connection;
  bool yes = false;
  bool now = false;
  bool wait = false;
};
struct status_options {
  connection_name connection;
  bool settings = false;  ///< the configuration instead
};
struct runs_options {
  connection_name connection;
  std::uint64_t limit = 20;
  bool all = false;  ///< without a limit
  bool wide = false;
};
struct rejected_options {
  connection_name connection;
  std::uint32_t limit = 50;
  bool reasons = false;  ///< how many rows there are for each reason
  bool wide = false;
};
struct rows_options {
  connection_name connection;
  run_id run;
  std::string outcome;  ///< empty: any
  std::string text;     ///< empty: any
  std::uint32_t limit = 100;
};
struct connections_options {
  bool names = false;  ///< only the names, one per line
  bool wide = false;
};
struct preview_arguments {
  connection_name connection;
  bool full = false;
  std::uint32_t limit = 5;
};
struct enable_options {
  connection_name connection;
};
struct disable_options {
  connection_name connection;
};
struct nodes_options {
  bool wide = false;
};
struct console_options {
  connection_name connection;  ///< whose page is opened; empty: the list
  bool print = false;          ///< and nothing is opened
};
struct reload_options {
  bool wide = false;
};
struct reset_options {
  connection_name connection;
  bool assume_synced = false;
  bool yes = false;
};
struct tls_init_options {
  std::string directory = "tls";
  std::vector<std::string> members;  ///< `node:a=HOST,HOST`, `operator:ci`, `observer:grafana`
  std::uint32_t days = 825;
};
struct backup_options {
  std::filesystem::path config;  ///< node.json
  std::filesystem::path folder;
};
struct restore_options {
  std::filesystem::path config;  ///< node.json
  std::filesystem::path folder;
  bool replace = false;  ///< move the present state aside
};
struct authorize_options {
  std::filesystem::path config;  ///< node.json
  std::string credential;
  bool paste = false;  ///< the browser is on another machine
};
struct credentials_options {
  std::filesystem::path config;  ///< node.json of a node that need not run; empty: a node is asked
};
struct presets_options {
  std::string preset;  ///< empty: a list of all
  bool wide = false;
};
struct shutdown_options {
  bool now = false;
  bool wait = false;
};

// Each prints its result and returns the exit code; throws `failure` for errors before there is a
// result.
exit_code run(const sync_options& what, const shim_options& how, output& out);
exit_code run(const stop_options& what, const shim_options& how, output& out);
exit_code run(const status_options& what, const shim_options& how, output& out);
exit_code run(const runs_options& what, const shim_options& how, output& out);
exit_code run(const rejected_options& what, const shim_options& how, output& out);
exit_code run(const rows_options& what, const shim_options& how, output& out);
exit_code run(const preview_arguments& what, const shim_options& how, output& out);
exit_code run(const connections_options& what, const shim_options& how, output& out);
exit_code run(const nodes_options& what, const shim_options& how, output& out);
exit_code run(const enable_options& what, const shim_options& how, output& out);
exit_code run(const disable_options& what, const shim_options& how, output& out);
exit_code run(const console_options& what, const shim_options& how, output& out);
exit_code run(const credentials_options& what, const shim_options& how, output& out);
exit_code run(const reload_options& what, const shim_options& how, output& out);
exit_code run(const reset_options& what, const shim_options& how, output& out);
exit_code run(const shutdown_options& what, const shim_options& how, output& out);

/// These need no node; for the last one the node must have ended.
exit_code run(const authorize_options& what, output& out);
exit_code run(const presets_options& what, output& out);
exit_code run(const tls_init_options& what, output& out);
exit_code run(const backup_options& what, output& out);
exit_code run(const restore_options& what, output& out);

}  // namespace sluice::cli
