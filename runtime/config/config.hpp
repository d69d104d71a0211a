// The configuration as typed values. Read-only once loaded; shared freely between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/run.hpp"
#include "runtime/config/api_config.hpp"
#include "runtime/config/credential_config.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/config/notify_config.hpp"
#include "runtime/config/problem.hpp"
#include "runtime/config/secret_string.hpp"
#include "runtime/config/template_text.hpp"
#include "runtime/log/options.hpp"
#include "runtime/schedule/schedule.hpp"
#include "runtime/values/call.hpp"

namespace sluice::config {

/// How a mapped field gets its value.
struct column_value {
  std::string column;
  enum class cast : std::uint8_t { none, string, number, boolean, json } as = cast::none;
  bool omit_null = false;  ///< if the value is NULL, the row is delivered without the field
  std::vector<std::string> otherwise = {};  ///< columns to look into, in order, where it is NULL
  std::vector<values::call> apply = {};     ///< functions, before the cast
  bool operator==(const column_value&) const = default;
};
/// A program in Lua that computes the value of the row's columns.
struct lua_value {
  std::string program;
  column_value::cast as = column_value::cast::none;
  bool omit_null = false;                ///< as that of a column
  std::vector<values::call> apply = {};  ///< functions on the result, before the cast
  bool operator==(const lua_value&) const = default;
};
/// What another connection of the node remembers of the row that columns name: an id that an API
/// has returned.
struct known_value {
  enum class miss : std::uint8_t { reject, null };
  std::string name;             ///< as in `remember` of that connection
  connection_name of;           ///< that connection
  std::vector<std::string> by;  ///< columns that hold its key, in the order of its key
  miss on_miss = miss::reject;  ///< if nothing is remembered: the row is invalid, or has NULL
  column_value::cast as = column_value::cast::none;
  bool omit_null = false;                ///< as that of a column
  std::vector<values::call> apply = {};  ///< functions on the value, before the cast
  bool operator==(const known_value&) const = default;
};
struct constant_value {
  std::string json;  ///< any JSON value, as compact text
  bool operator==(const constant_value&) const = default;
};
struct mapped_field {
  std::vector<std::string> path;  ///< destination name, outer objects first
  std::variant<column_value, constant_value, template_value, lua_value, known_value> value;
  bool operator==(const mapped_field&) const = default;
};

/// Finds changed rows by a column whose values only grow.
struct cursor_config {
  std::string column;
  /// How far below the highest known value a pass begins, so that it sees rows that were committed
  /// late.
  std::chrono::milliseconds overlap{0};
  bool operator==(const cursor_config&) const = default;
};

/// A field that is set in a vanished row instead of deleting the row.
struct set_field {
  std::vector<std::string> path;  ///< as that of the mapped field
  constant_value value;
  bool operator==(const set_field&) const = default;
};
struct source_config {
  secret_string odbc;  ///< ODBC connection string
  std::optional<std::string> table;
  std::optional<std::string> query;
  std::vector<std::string> key;
  std::optional<std::string> where = std::nullopt;     ///< SQL that the rows of `table` must meet
  std::optional<cursor_config> cursor = std::nullopt;  ///< nothing: every row is compared
  /// Every row is compared, most of them by digests that the database makes. Goes without a cursor.
  bool by_digest = false;
  /// The user vouches that a pass reads one state of the database, where Sluice cannot know.
  bool consistent_reads = false;
  /// Mode mirror: rows that a pass does not give are deleted, so a pass must not skip any.
  bool mirrored = false;
  /// The connection counts as lost after so long without a byte from the database.
  std::chrono::milliseconds answer_timeout = defaults::source_answer_timeout;
  bool operator==(const source_config&) const = default;
};

struct jsonl_config {
  static constexpr std::string_view kind_name = "jsonl";
  std::filesystem::path path;
  bool operator==(const jsonl_config&) const = default;
};
struct odbc_config {
  static constexpr std::string_view kind_name = "odbc";
  secret_string odbc;
  std::string table;
  bool create = false;
  /// Allows delivery to a product on which it has not been proven; rows are read back.
  bool unverified = false;
  /// As that of the source.
  std::chrono::milliseconds answer_timeout = defaults::destination_answer_timeout;
  bool operator==(const odbc_config&) const = default;
};
/// One of the kinds. See destination_kind.hpp for the functions of a kind.
struct destination_config {
  std::variant<jsonl_config, odbc_config, http_config> kind;
  bool operator==(const destination_config&) const = default;
};

/// Settings that change speed and memory of delivery, never which rows are delivered.
struct delivery_config {
  std::uint32_t writers = defaults::writers;        ///< a key always goes to the same writer
  std::uint32_t batch_rows = defaults::batch_rows;  ///< deltas in a batch
  std::uint32_t window = defaults::window;          ///< batches that a writer may have unsettled
  /// How long a drain may take after a stop; then the rest is undelivered.
  std::chrono::milliseconds drain_timeout = defaults::drain_timeout;
  /// The node that holds the destination's connections; empty: the one that runs the connection.
  node_name on = {};
  /// How long a run waits for that node.
  std::chrono::milliseconds give_up_after = defaults::give_up_after;
  bool operator==(const delivery_config&) const = default;
};

/// What the first run of a connection does.
enum class initial_backfill : std::uint8_t {
  full,           ///< delivers every row
  assume_synced,  ///< records every row as acknowledged without sending it
};

/// A file of the configuration as it holds, safe to print: defaults and presets filled in,
/// references as they were written, secrets masked.
struct effective_file {
  std::filesystem::path file = {};
  std::string json = {};
  std::vector<std::string> defaults = {};  ///< JSON pointers of what the file leaves out

  /// What it says to a program is compared where that is kept; how it says it is no difference.
  bool operator==(const effective_file&) const { return true; }
};

/// What a connection's ledger belongs to.
struct ledger_owner {
  source_config source;
  destination_config destination;

  /// See connection_config::ledger_identity.
  [[nodiscard]] std::string identity() const;
  bool operator==(const ledger_owner&) const = default;
};

struct connection_config {
  connection_name name;
  std::filesystem::path file;  ///< the file that it was read from
  node_name node;              ///< the node that runs it; empty: any that loads it
  source_config source;
  sync_mode mode = sync_mode::upsert;
  std::vector<set_field> set_on_delete;  ///< mode mirror; empty: vanished rows are deleted
  std::vector<mapped_field> mapping;     ///< empty: every column under its own name
  destination_config destination;
  schedule::plan schedule;
  delivery_config delivery;
  std::uint32_t max_delete_percent = defaults::max_delete_percent;
  std::uint32_t max_rejected_percent = defaults::max_rejected_percent;
  bool retry_rejected = true;  ///< offer unchanged rows again that the destination refused
  initial_backfill initial = initial_backfill::full;
  /// The section `destination` as JSON text, with references as written, for the node that
  /// delivers. May hold passwords.
  std::string destination_text;
  /// Of the connections whose remembered values the mapping uses.
  std::map<connection_name, ledger_owner> known_of = {};
  bool row_log = false;               ///< a file for each run lists the fate of each of its rows
  std::vector<notify_config> notify;  ///< the endpoints of its alerts
  effective_file shown;

  /// A short hash, which changes if rows must be delivered in another shape; then the next run is
  /// full.
  [[nodiscard]] std::string mapping_identity() const;
  /// Changes if key, source or destination is another one; then a new ledger begins. A readable
  /// text without user and password, the same after restarts and after a change of user or
  /// password. Resolves the connection strings, since `${env:…}` may name another server: throws
  /// `failure` (invalid_config) if that fails.
  [[nodiscard]] std::string ledger_identity() const;
  bool operator==(const connection_config&) const = default;
};

/// How long the past is listed. Never decides what is delivered.
struct retention_config {
  std::chrono::milliseconds runs = defaults::retention;      ///< since their end
  std::chrono::milliseconds rejected = defaults::retention;  ///< since a run last met them
  std::uint32_t most_runs = defaults::most_runs;             ///< of one connection
  bool operator==(const retention_config&) const = default;
};

/// The HTTP listener for monitoring.
struct http_listener_config {
  std::string host;  ///< a numeric IPv4 or IPv6 address
  std::uint16_t port = 0;
  bool insecure = false;  ///< other machines may connect, too: there is no authentication
  bool operator==(const http_listener_config&) const = default;
  /// `http://127.0.0.1:9464`, `http://[::1]:9464`.
  [[nodiscard]] std::string url() const;
};

/// How soon nodes and shims notice that the other end is gone.
struct heartbeat_config {
  std::chrono::milliseconds every = defaults::heartbeat;
  std::chrono::milliseconds dead_after = defaults::dead_after;  ///< of silence
  bool operator==(const heartbeat_config&) const = default;
};

/// The certificate that a node presents over TLS, and the authority that it trusts. PEM files.
struct tls_config {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path ca;
  bool operator==(const tls_config&) const = default;
};

struct node_config;

/// A key of node.json that only takes effect when the node is restarted.
struct fixed_setting {
  std::string key;
  bool (*same)(const node_config&, const node_config&);
};

struct node_config {
  node_name name;
  std::filesystem::path file;
  std::vector<std::string> listen;  ///< addresses, unix paths made absolute
  std::optional<tls_config> tls;    ///< nothing: neither listens nor dials with TLS
  std::vector<std::string> peers;   ///< addresses of other nodes of the cluster
  heartbeat_config heartbeat;
  std::optional<http_listener_config> http;  ///< nothing: no listener
  std::optional<api_config> api;             ///< nothing: no API, no console
  std::filesystem::path state_dir;
  std::uint32_t max_running_syncs = defaults::max_running_syncs;
  log::options log;
  retention_config retention;
  std::map<std::string, credential_config> credentials;  ///< by name
  std::map<std::string, request_limits> accounts;        ///< by name
  std::vector<notify_config> notify;  ///< for connections without `notify` of their own
  std::map<connection_name, connection_config> connections;  ///< run by this node
  /// Connections that another node runs, with the name of that node.
  std::map<connection_name, node_name> elsewhere;
  std::vector<fixed_setting> fixed;
};

/// The keys of node.json that differ and that a reload cannot change.
std::vector<std::string> changed_fixed_settings(const node_config& now, const node_config& next);

struct effective_config {
  effective_file node;
  std::map<connection_name, effective_file> connections;  ///< run by the node
};

/// Either a usable configuration or all of its problems.
struct load_result {
  std::optional<node_config> config;
  std::vector<problem> problems;  ///< empty if and only if `config` is set
  /// Usable settings that should be changed: secrets that other users may read. Only with `config`.
  std::vector<problem> warnings = {};
  std::optional<effective_config> effective = {};  ///< only with `config`, if requested
};

/// Whether the effective configuration is shown.
enum class effective : std::uint8_t { unseen, seen };

/// Whether references that are only needed for connecting (to databases, to endpoints of alerts)
/// are tried.
enum class references : std::uint8_t { left, tried };

/// Reads node.json alone, without its connections: for commands that work on the state of a node
/// that may be unable to run.
load_result load_node(const std::filesystem::path& node_file);

/// Reads node.json and the connections it names. Never throws for bad input: all problems are
/// reported at once, with `references::tried` including those of `check_references`.
load_result load(const std::filesystem::path& node_file, references what = references::left,
                 effective is = effective::unseen);

/// Reads the section `destination`, given as JSON text, of the connection file `file`. Throws
/// `failure` (invalid_config) with all problems that it has on this node.
destination_config parse_destination(const std::string& text, const std::filesystem::path& file);

/// Tries the references that `load` leaves unresolved, in connection strings and in `notify`: one
/// problem for each reference without a value.
std::vector<problem> check_references(const node_config& config);

}  // namespace sluice::config
