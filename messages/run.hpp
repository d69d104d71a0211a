// Runs, rejected rows and the state of a connection: what commands print and the catalog stores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/delta.hpp"
#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/timestamp.hpp"

namespace sluice {

enum class run_type : std::uint8_t { full, incremental };
enum class run_trigger : std::uint8_t { manual, schedule, api };
enum class sync_mode : std::uint8_t {
  upsert,  ///< inserts and updates
  mirror,  ///< also deletes
  insert,  ///< only rows that were never delivered
  update,  ///< only rows that the destination has
  append,  ///< every new row and every change as an event; nothing is replaced or deleted
};
enum class run_state : std::uint8_t {
  postponed,  ///< accepted, waits until the connection is idle
  running,    ///< includes waiting for one of the node's `max_running_syncs`
  draining,   ///< reading has been told to halt; what is in flight is delivered
  succeeded,
  stopped,
  failed,
  interrupted,  ///< the node died during the run
  skipped,      ///< was due while another run was active
};

/// What an active run does at present.
enum class run_phase : std::uint8_t {
  waiting,     ///< for what `run_record::waiting_for` says
  connecting,  ///< opens source, ledger and destination
  querying,    ///< the source works on the query, and has given no row yet
  reading,     ///< rows are read and delivered
  delivering,  ///< everything is read; what is in flight is delivered
  draining,    ///< reading was told to halt; what is in flight is delivered
};

/// What keeps the requests to an API from being more at once.
enum class request_bound : std::uint8_t {
  rows,         ///< nothing does: there are no more rows to send
  growth,       ///< the number is still being found out
  concurrency,  ///< the destination's setting, or the most that is tried without one
  refusals,     ///< the API refuses more
  latency,      ///< the API answers later if there are more
  rate_limit,   ///< a limit of requests or rows, or a pause that the API asked for
  retry,        ///< the API fails: one request at a time tries it again
};

std::string_view to_string(run_phase x);
std::string_view to_string(request_bound x);
std::string_view to_string(run_type x);
std::string_view to_string(run_trigger x);
std::string_view to_string(sync_mode x);
std::string_view to_string(run_state x);
/// The inverse of `to_string`; nothing for an unknown word.
template <class Enum>
std::optional<Enum> parse(std::string_view word);
template <>
std::optional<run_type> parse<run_type>(std::string_view word);
template <>
std::optional<run_trigger> parse<run_trigger>(std::string_view word);
template <>
std::optional<sync_mode> parse<sync_mode>(std::string_view word);
template <>
std::optional<run_state> parse<run_state>(std::string_view word);

/// True once a run is over and its record final.
[[nodiscard]] constexpr bool has_ended(run_state s) {
  return s != run_state::postponed && s != run_state::running && s != run_state::draining;
}

/// Deltas by what they ask the destination to do.
struct operation_counts {
  std::uint64_t inserts = 0;
  std::uint64_t updates = 0;
  std::uint64_t deletes = 0;

  bool operator==(const operation_counts&) const = default;
  [[nodiscard]] std::uint64_t total() const { return inserts + updates + deletes; }
  void count(operation op) {
    ++(op == operation::insert ? inserts : op == operation::update ? updates : deletes);
  }
  operation_counts& operator+=(const operation_counts& more) {
    inserts += more.inserts;
    updates += more.updates;
    deletes += more.deletes;
    return *this;
  }
  /// The same, with a total of at most `most`.
  [[nodiscard]] operation_counts capped(std::uint64_t most) const {
    operation_counts out;
    out.inserts = std::min(inserts, most);
    out.updates = std::min(updates, most - out.inserts);
    out.deletes = std::min(deletes, most - out.inserts - out.updates);
    return out;
  }
};

/// Rows counted during a run. At any time `delivered_as` counts the rows of `delivered`; in runs of
/// earlier releases it may be all zeros. When the run has ended:
///   read = unchanged + invalid + inserts + updates
///   inserts + updates + deletes = delivered + rejected + undelivered
struct run_counters {
  std::uint64_t read = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t invalid = 0;
  std::uint64_t inserts = 0;
  std::uint64_t updates = 0;
  std::uint64_t deletes = 0;
  std::uint64_t delivered = 0;
  std::uint64_t rejected = 0;
  std::uint64_t undelivered = 0;
  operation_counts delivered_as = {};
  /// What came over the wire from the source: rows of the model, and digests that stand for many of
  /// them; and the bytes of their values. 0 in runs of earlier releases.
  std::uint64_t fetched_rows = 0;
  std::uint64_t fetched_bytes = 0;

  bool operator==(const run_counters&) const = default;
  [[nodiscard]] std::uint64_t deltas() const { return inserts + updates + deletes; }
  [[nodiscard]] std::uint64_t settled() const { return delivered + rejected + undelivered; }
  /// Rows of the source that have not become rows of the destination, and are listed therefore.
  [[nodiscard]] std::uint64_t failures() const { return rejected + invalid; }
};

/// One execution of a connection's sync, running or ended.
struct run_record {
  run_id run;
  connection_name connection;
  run_type type = run_type::full;
  run_trigger trigger = run_trigger::manual;
  run_state state = run_state::running;
  sync_mode mode = sync_mode::upsert;
  std::uint32_t epoch = 0;          ///< 0 until the ledger has been opened
  std::optional<run_id> continues;  ///< the ended full run whose epoch this one continues
  timestamp started_at;
  std::optional<timestamp> stop_requested_at;
  std::optional<timestamp> reading_halted_at;  ///< when the source was last touched
  std::optional<timestamp> finished_at;
  run_counters counters;
  /// Deltas sent to writers, unsettled at the stop.
  std::optional<std::uint64_t> in_flight_at_stop;
  /// How long the drain still takes at the rate that the destination allows; nothing if the run
  /// does not drain, or no rate is known.
  std::optional<std::chrono::milliseconds> drain_expected;
  error failed;  ///< why the run failed; code `none` if it did not
  std::vector<std::string> warnings;
  /// Why a full run is full, unless it was asked for or is the first one; else "".
  std::string reason = {};
  /// Which rows the run is about, if not all in which something changed: `row_choice::in_words`.
  std::string about = {};
  /// Who asked for the run, and who had it stopped, as their commands say; "" for nobody.
  std::string requested_by = {};
  std::string stopped_by = {};
  /// What the run does; nothing unless the run is active and its node was asked.
  std::optional<run_phase> phase = std::nullopt;
  std::string waiting_for = {};  ///< in the phase `waiting`: what must happen first

  bool operator==(const run_record&) const = default;
};

/// What became of a run, for scripts: the word of its state, or `with_rejections` for one that
/// succeeded although rows were rejected or invalid. Nothing while the run goes on.
std::optional<std::string_view> outcome_of(const run_record& run);

/// The state of a run in the words that people read: `completed, with failures` for one that
/// succeeded although rows were rejected or invalid.
std::string_view state_in_words(const run_record& run);

/// Runs that one answer lists at most; ask again, for those before the last, to get more.
inline constexpr std::uint32_t most_runs_listed = 500;

/// Bytes of a reason that are kept: enough to see what is wrong, even if a server sends a
/// whole page.
inline constexpr std::size_t most_reason_bytes = 2048;

/// A row that the destination refused or that is invalid in the source.
struct rejected_row {
  std::string key;        ///< the key as JSON text: {"id": 7}
  std::string operation;  ///< insert, update, delete; `read` for an invalid row
  std::string reason;
  std::uint32_t attempts = 1;
  timestamp first_at;
  timestamp last_at;
  /// The destination's own code for the reason, such as an HTTP status, where there is one.
  std::optional<int> status = std::nullopt;
  /// The delta that was refused; nothing for an invalid row and for entries of earlier releases.
  std::optional<refused_delta> refused = std::nullopt;
  /// The key as a batch carries it; empty if it holds a NULL, could not be read, or the entry is of
  /// an earlier release.
  std::string packed_key = {};
  /// An attempt of unknown outcome may have written the row, which is delivered again.
  bool in_doubt = false;

  bool operator==(const rejected_row&) const = default;
};

enum class connection_state : std::uint8_t {
  idle,
  running,
  draining,
  disabled,
  unreachable,  ///< the node that runs it cannot be asked; nothing else is known
};
std::string_view to_string(connection_state x);

/// How a node is connected with the one that answers.
enum class link_state : std::uint8_t {
  self,         ///< the node that answers
  linked,       ///< both talk to each other
  unreachable,  ///< not reached yet, or lost
};
std::string_view to_string(link_state x);

/// The requests of a connection that are under way to an API.
struct request_flow {
  std::uint32_t under_way = 0;
  std::uint32_t at_once = 0;  ///< so many may be, over all connections of the account
  request_bound limited_by = request_bound::rows;

  bool operator==(const request_flow&) const = default;
};

/// What `status` and `connections` print.
struct connection_status {
  connection_name connection;
  connection_state state = connection_state::idle;
  sync_mode mode = sync_mode::upsert;
  std::optional<run_record> run;  ///< the current or the last one
  run_type next_type = run_type::full;
  std::string next_reason;  ///< why the next run is of that type, where that may surprise; else ""
  std::optional<timestamp> next_run_at;
  std::uint64_t rejected_rows = 0;  ///< all of them; the list may be shorter
  std::uint64_t ledger_rows = 0;
  std::uint32_t in_flight_batches = 0;
  bool waiting_for_slot = false;  ///< the run has not begun: `max_running_syncs` others are active
  node_name node;
  bool enabled = true;           ///< false, too, while the last run of a disabled connection drains
  bool leaving = false;          ///< not configured any more, or the node ends: the run drains
  bool continues = false;        ///< the next run goes on where the last one ended
  std::string waiting_for = {};  ///< what must happen before the next run begins, if not the clock
  /// Why no run can begin, or nothing more is known, and what to do; code `none` if all is well.
  error blocked = {};
  /// Threads that have not come back, and whose runs were ended without them.
  std::uint32_t hung_threads = 0;
  /// How often the supervisor died and was started again since the node began.
  std::uint32_t restarts = 0;
  /// While rows are delivered to an API from this node.
  std::optional<request_flow> requests = std::nullopt;

  bool operator==(const connection_status&) const = default;
};

}  // namespace sluice
