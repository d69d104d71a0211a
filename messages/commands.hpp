// The commands: what people, orchestrators and other nodes ask of a node. Each stands here once;
// code that handles commands expands this list.
//
// A command is a struct with the members that are sent, the type of its `answer`, and its
// `facts`. The first member of a command about a connection is `connection`. To add a command
// about a connection: the struct, its row in `about_connections`, a handler in the supervisor,
// and a file in runtime/cli.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/console.hpp"
#include "messages/credential.hpp"
#include "messages/message_form.hpp"
#include "messages/names.hpp"
#include "messages/queries.hpp"
#include "messages/row_log.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice {

/// What is known of a command, whatever its members are.
struct command_facts {
  std::string_view key;   ///< names its type on the wire
  std::string_view name;  ///< for people, as the operation of an error
  std::string_view shim;  ///< the command of `sluice` that sends it
  /// The command changes something: refused to observers, and handled before commands that
  /// only ask.
  bool changes = false;
  answer_kind answered = answer_kind::prompt;
  /// What the command begins is given up when the one who waits for it goes; see `waiting` in
  /// messages/command_messages.hpp.
  bool waited_for = false;
};

}  // namespace sluice

namespace sluice::command {

using std::chrono::milliseconds;
/// A duration that a client says: neither negative nor longer than some weeks.
using poll_time = std::chrono::duration<std::uint32_t, std::milli>;

// -- about a connection: answered by its supervisor, on the node that runs it ---------------------

/// Starts a run; answers its record, `postponed` if the run waits for the present one. Asked again
/// under the same key, answers how the run of the first start is.
struct start {
  connection_name connection;
  start_options how;

  using answer = run_record;
  static constexpr command_facts facts{
      .key = "start", .name = "start sync", .shim = "sync", .changes = true, .waited_for = true};
  auto members() { return std::tie(connection, how); }
};

/// Halts reading and drains, or withdraws a postponed start; answers the record as it is then.
struct stop {
  connection_name connection;
  stop_options how;

  using answer = run_record;
  static constexpr command_facts facts{
      .key = "stop", .name = "stop sync", .shim = "stop", .changes = true};
  auto members() { return std::tie(connection, how); }
};

/// Answers the record of a run when it has ended, or after `poll` as it is then.
struct await {
  connection_name connection;
  run_id run;
  poll_time poll{0};

  using answer = run_record;
  static constexpr command_facts facts{
      .key = "await", .name = "follow run", .shim = "sync", .answered = answer_kind::later};
  auto members() { return std::tie(connection, run, poll); }
  [[nodiscard]] std::optional<milliseconds> takes() const { return poll; }
};

/// The state of the connection.
struct status {
  connection_name connection;

  using answer = connection_status;
  static constexpr command_facts facts{.key = "status", .name = "read status", .shim = "status"};
  auto members() { return std::tie(connection); }
};

/// History, newest first, with the active run and the postponed ones as they are.
struct runs {
  connection_name connection;
  run_query which = {};

  using answer = run_list;
  static constexpr command_facts facts{
      .key = "runs", .name = "list runs", .shim = "runs", .answered = answer_kind::list};
  auto members() { return std::tie(connection, which); }
};

/// Rejected rows, those met last first, or how many there are for each reason.
struct rejected {
  connection_name connection;
  rejected_query which = {};

  using answer = rejected_list;
  static constexpr command_facts facts{.key = "rejected",
                                       .name = "list rejected rows",
                                       .shim = "rejected",
                                       .answered = answer_kind::list};
  auto members() { return std::tie(connection, which); }
};

/// A page of the row log of a run, from the node that runs the connection.
struct row_log {
  connection_name connection;
  row_log_query which = {};

  using answer = row_log_page;
  static constexpr command_facts facts{
      .key = "row_log", .name = "read row log", .shim = "rows", .answered = answer_kind::list};
  auto members() { return std::tie(connection, which); }
};

/// The configuration that holds for the next run, safe to print.
struct configuration {
  connection_name connection;

  using answer = shown_configuration;
  static constexpr command_facts facts{.key = "configuration",
                                       .name = "show configuration",
                                       .shim = "status",
                                       .answered = answer_kind::list};
  auto members() { return std::tie(connection); }
};

/// Lets the connection take runs again; answers once that is durable.
struct enable {
  connection_name connection;

  using answer = connection_status;
  static constexpr command_facts facts{
      .key = "enable", .name = "enable connection", .shim = "enable", .changes = true};
  auto members() { return std::tie(connection); }
};

/// Stops as `stop` does and lets the connection take no more runs; answers once that is durable,
/// while a run may still drain.
struct disable {
  connection_name connection;

  using answer = connection_status;
  static constexpr command_facts facts{
      .key = "disable", .name = "disable connection", .shim = "disable", .changes = true};
  auto members() { return std::tie(connection); }
};

/// Forgets the ledger; the next run is full. Refused while a run is active.
struct reset {
  connection_name connection;

  using answer = connection_status;
  static constexpr command_facts facts{
      .key = "reset", .name = "reset connection", .shim = "reset", .changes = true};
  auto members() { return std::tie(connection); }
};

/// What a run would do now, without doing it. Reading may take minutes.
struct preview {
  connection_name connection;
  preview_options how;

  using answer = preview_result;
  static constexpr command_facts facts{.key = "preview",
                                       .name = "preview sync",
                                       .shim = "preview",
                                       .answered = answer_kind::later,
                                       .waited_for = true};
  auto members() { return std::tie(connection, how); }
  [[nodiscard]] static std::optional<milliseconds> takes() { return std::nullopt; }
};

// -- about the node that is asked -----------------------------------------------------------------

/// Reads the configuration again and applies what changed; nothing if it has problems.
struct reload {
  using answer = reload_report;
  static constexpr command_facts facts{.key = "reload",
                                       .name = "reload configuration",
                                       .shim = "reload",
                                       .changes = true,
                                       .answered = answer_kind::list};
  static std::tuple<> members() { return {}; }
};

/// Drains every connection (or abandons the drains), then ends the node; answers the number of
/// connections that were active.
struct shutdown {
  bool abandon = false;

  using answer = std::uint32_t;
  static constexpr command_facts facts{
      .key = "shutdown", .name = "shut node down", .shim = "shutdown", .changes = true};
  auto members() { return std::tie(abandon); }
};

/// The credentials of node.json, sorted by name.
struct credentials {
  using answer = std::vector<credential_status>;
  static constexpr command_facts facts{.key = "credentials",
                                       .name = "list credentials",
                                       .shim = "credentials",
                                       .answered = answer_kind::list};
  static std::tuple<> members() { return {}; }
};

// -- about the API of the node that is asked: answered by its API actor ---------------------------

/// A code with which a browser signs in to the web console, with the name and
/// rights of the one who asks.
struct console {
  std::string requested_by = {};  ///< who asks, for records and logs

  using answer = console_code;
  static constexpr command_facts facts{.key = "console", .name = "open console", .shim = "console"};
  auto members() { return std::tie(requested_by); }
};

// -- about all nodes ------------------------------------------------------------------------------

/// Every connection, sorted by name; asked of a node behind the front, those that the node runs.
struct connections {
  using answer = std::vector<connection_status>;
  static constexpr command_facts facts{.key = "connections",
                                       .name = "list connections",
                                       .shim = "connections",
                                       .answered = answer_kind::list};
  static std::tuple<> members() { return {}; }
};

/// The nodes of the cluster, as the node that is asked sees them.
struct nodes {
  using answer = std::vector<node_status>;
  static constexpr command_facts facts{
      .key = "nodes", .name = "list nodes", .shim = "nodes", .answered = answer_kind::list};
  static std::tuple<> members() { return {}; }
};

// -- the list -------------------------------------------------------------------------------------

template <class... Commands>
struct pack {
  static constexpr std::size_t size = sizeof...(Commands);
  template <class C>
  static constexpr bool holds = (std::is_same_v<C, Commands> || ...);
  using variant = std::variant<Commands...>;
};
template <class... As, class... Bs>
pack<As..., Bs...> operator+(pack<As...>, pack<Bs...>);

using about_connections = pack<start, stop, await, status, runs, rejected, row_log, configuration,
                               enable, disable, reset, preview>;
using about_node = pack<reload, shutdown, credentials>;
using about_api = pack<console>;
using about_cluster = pack<connections, nodes>;
using all = decltype(about_connections{} + about_node{} + about_api{} + about_cluster{});

template <class C>
concept known = all::holds<C>;
template <class C>
concept about_connection = about_connections::holds<C>;

/// Any one of the commands.
using any = all::variant;

namespace detail {
template <class Variant, class T>
struct with;
template <class... Ts, class T>
struct with<std::variant<Ts...>, T> {
  using type = std::conditional_t<(std::is_same_v<T, Ts> || ...), std::variant<Ts...>,
                                  std::variant<Ts..., T>>;
};
template <class Variant, class... Commands>
struct answers {
  using type = Variant;
};
template <class Variant, class C, class... Commands>
struct answers<Variant, C, Commands...>
    : answers<typename with<Variant, typename C::answer>::type, Commands...> {};
template <class C, class... Commands>
auto answers_of(pack<C, Commands...>) ->
    typename answers<std::variant<typename C::answer>, Commands...>::type;
}  // namespace detail

/// Any one of the answers, each type once.
using any_answer = decltype(detail::answers_of(all{}));

/// How long the answer may take beyond the time of every answer; nothing: for ever.
template <known C>
std::optional<milliseconds> time_of(const C& c) {
  if constexpr (requires { c.takes(); })
    return c.takes();
  else
    return milliseconds{0};
}

/// The connection that a command is about; empty if none.
template <known C>
connection_name connection_of(const C& c) {
  if constexpr (about_connection<C>)
    return c.connection;
  else
    return {};
}

/// A command's type on the wire: its key behind its namespace, with a zero at the end.
template <known C>
inline constexpr auto type_name_of = [] {
  constexpr std::string_view prefix = "sluice::command::";
  std::array<char, prefix.size() + C::facts.key.size() + 1> name{};
  std::size_t n = 0;
  for (const char c : prefix) name[n++] = c;
  for (const char c : C::facts.key) name[n++] = c;
  return name;
}();

}  // namespace sluice::command
