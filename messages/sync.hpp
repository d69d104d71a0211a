// What the actors of a run tell each other, as plain values.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/error.hpp"
#include "messages/message_form.hpp"
#include "messages/names.hpp"
#include "messages/run.hpp"

namespace sluice {

/// The name of a start: asked for again under the same key, a start begins no second run.
struct start_once {
  std::string key = {};        ///< unique for the one who asks; empty: the start has none
  std::string body_hash = {};  ///< of the request; the same key with another hash is refused

  bool operator==(const start_once&) const = default;
  explicit operator bool() const { return !key.empty(); }
};

/// The longest `start_once::key`, in bytes.
inline constexpr std::size_t longest_start_key = 512;
/// How long a start is known by its key.
inline constexpr std::chrono::hours start_key_lasts{24};

/// The most keys that a run may be given. Their bytes are limited by their text.
inline constexpr std::size_t most_chosen_keys = 1000;

/// Which rows a run is about; by default all in which something changed.
struct row_choice {
  /// JSON objects of key columns, one on each line: these rows and no others, whatever the ledger
  /// knows of them. One text, since requests of clients have no lists.
  long_text keys = {};
  row_count limit{};  ///< the run ends after so many deltas; 0: it does not

  bool operator==(const row_choice&) const = default;
  /// Adds the key, whose JSON may go over several lines.
  void add(std::string_view key) {
    auto lines = keys.text() + (keys.empty() ? "" : "\n");
    for (const char c : key) lines += c == '\n' || c == '\r' ? ' ' : c;
    keys = long_text(std::move(lines));
  }
  /// `3 rows by their keys`, `at most 100 changes`; "" for all rows.
  [[nodiscard]] std::string in_words() const;
  [[nodiscard]] bool has_too_many() const {
    return keys.text().size() > longest_long_text || list().size() > most_chosen_keys;
  }
  [[nodiscard]] std::vector<std::string_view> list() const {
    std::vector<std::string_view> lines;
    for (std::string_view rest = keys.text(); !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size());
      if (end > 0) lines.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines;
  }
};

/// `run_record::stopped_by` of a run that ended at its limit.
inline constexpr std::string_view limit_reached = "its limit";

/// How a run is to be started.
struct start_options {
  bool full = false;           ///< begin a new epoch, whatever the next type would be
  bool wait = false;           ///< if a run is active, start as soon as the connection is idle
  bool allow_deletes = false;  ///< let this run through the delete guard
  /// Begin a new epoch and record the rows of the source as acknowledged, without sending them.
  bool assume_synced = false;
  run_trigger trigger = run_trigger::manual;
  std::string requested_by = {};  ///< who asks, for the record
  start_once once = {};
  row_choice rows = {};
};

/// A start that the catalog knows by its key; without a key: none.
struct known_start {
  start_once once = {};
  timestamp at;  ///< when its run was recorded
  run_record run;
};

/// How a run is to be stopped.
struct stop_options {
  bool abandon = false;           ///< give up the drain as well
  std::string requested_by = {};  ///< who asks, for the record
  run_id run = {};                ///< this one and no other; empty: whichever is active
};

/// The longest `requested_by` that is recorded, in bytes.
inline constexpr std::size_t longest_requester = 128;

/// Which entries of the list of rejected rows a run has settled by not listing them again.
struct settled_rows {
  enum extent : std::uint8_t {
    none,    ///< the run may not have tried them
    keyed,   ///< those whose key is known: the run asked the source for each
    all,     ///< the run saw the whole source
    chosen,  ///< those with one of `keys`: the run was about them
  };
  // Implicit: an extent but `chosen` says everything.
  settled_rows(extent which = none, std::vector<std::string> those = {})
      : rows(which), keys(std::move(those)) {}

  extent rows;
  std::vector<std::string> keys;  ///< packed

  bool operator==(const settled_rows&) const = default;
};

/// A run that ended, was skipped or is late, for those whom that concerns.
struct run_ended {
  run_record run;          ///< without an id: late, and not begun
  bool recovered = false;  ///< the run succeeded, and the one before had failed or been interrupted
  /// The last run before that succeeded, failed or was interrupted; nothing if none is known.
  std::optional<run_record> before = std::nullopt;
  /// For so long after it was due the run has gone on, or not begun.
  std::optional<std::chrono::milliseconds> late_after = std::nullopt;
  bool was_late = false;  ///< an alert said so before the run ended
};

/// How to make a preview.
struct preview_options {
  bool full = false;
  std::uint32_t samples = 5;  ///< at most, of each kind
};

/// One row as a run would send it.
struct preview_sample {
  std::string operation;  ///< insert, update or delete; `read` for an invalid row
  std::string key;        ///< as JSON text
  std::string rendered;   ///< what would be sent, secrets masked; empty if nothing would be
  std::string reason;     ///< why the row is invalid, or cannot be sent; else empty
};

/// What a run would do now.
struct preview_result {
  connection_name connection;
  run_type type = run_type::full;
  std::string reason;  ///< why the run is of that type, where that may surprise; else empty
  sync_mode mode = sync_mode::upsert;
  run_counters counters;               ///< read, unchanged, invalid, inserts, updates, deletes
  std::uint64_t rejected_retried = 0;  ///< of the deltas: rows that were rejected before
  std::vector<preview_sample> samples;
  std::vector<std::string> warnings;
  /// Why the run would hold its deletes back, which are then shown, but not counted; code `none`
  /// if not.
  error guarded;
};

/// The configuration of a connection as it holds, safe to print.
struct shown_configuration {
  std::string file;                        ///< on the node that runs the connection
  std::string json;                        ///< with defaults and presets filled in, secrets masked
  std::vector<std::string> defaults = {};  ///< JSON pointers of what the file leaves out

  bool operator==(const shown_configuration&) const = default;
};

/// What a reload did: with problems, nothing.
struct reload_report {
  std::vector<std::string> problems;  ///< of the configuration, a text each
  std::vector<connection_name> added;
  std::vector<connection_name> removed;
  std::vector<connection_name> changed;
  std::vector<connection_name> restarting;  ///< of the changed: their runs were stopped
  std::uint32_t unchanged = 0;
  std::vector<std::string> warnings;  ///< settings of the node that only a restart applies
};

/// Who answers at an address.
struct node_info {
  node_name name;
  std::string version;
  std::uint64_t pid = 0;
  bool ending = false;  ///< the node shuts down: connections drain, no run begins any more
};

/// How far a cursor column has been read: the highest value that a completed run knows, exactly as
/// the database printed it.
struct checkpoint {
  /// The column, and what else the value depends on: types, filter, mode. If this text changes, a
  /// run reads everything.
  std::string column;
  std::string value;

  bool operator==(const checkpoint&) const = default;
};

/// How a pass over the source ended. Only a complete pass may infer that a key vanished.
enum class pass_end : std::uint8_t {
  complete,
  cancelled,
  failed,
  limited,  ///< as many deltas were found as the run may have
};

/// A moment in the life of a ledger. Later moments of one ledger have higher sequences.
struct ledger_position {
  std::uint64_t history = 0;   ///< which ledger: each new one gets another number
  std::uint64_t sequence = 0;  ///< of the last durable record; 0: there is none

  bool operator==(const ledger_position&) const = default;
};

/// What the catalog knows of a ledger, so that a copy in its place is noticed.
struct ledger_trace {
  /// The ledger has come at least so far; nothing if not known.
  std::optional<ledger_position> at = std::nullopt;
  bool settled = false;  ///< exactly so far, since no run has begun after that
  /// When the backup was made from which catalog and ledger come; nothing once a run has made up
  /// for that.
  std::optional<timestamp> copied_at = std::nullopt;
  /// Why the ledger lacks deliveries that were made, in words; empty again once a run has made up
  /// for that as far as possible.
  std::string lacks = {};

  bool operator==(const ledger_trace&) const = default;
};

/// What the reader found out before the first row.
struct model_opened {
  run_type type = run_type::full;  ///< also full where the ledger is not what the catalog knows
  std::uint32_t epoch = 0;
  std::vector<std::string> warnings;
  ledger_position ledger = {};  ///< where the run begins
  std::string reason = {};      ///< why the run is of that type, if the ledger is the reason
  /// The run reads the whole source, as do later ones until one has succeeded.
  bool whole_source = false;
  std::string lacks = {};  ///< see ledger_trace
  /// What the run cannot do, so that it must not be called a success; code `none` if nothing.
  error left_over = {};
};

/// The reader's count, taken when a batch has left it or at the pass's end. Rows that wait in an
/// unsent batch are not counted yet.
struct read_progress {
  run_counters counters;            ///< read, unchanged, invalid, inserts, updates, deletes
  std::vector<std::uint64_t> sent;  ///< deltas sent to each writer so far
  std::uint64_t batches = 0;        ///< batches sent to all writers so far
};

/// The end of a pass, as the reader saw it.
struct reading_halted {
  pass_end end = pass_end::complete;
  timestamp at;  ///< when the source was last touched
  read_progress total;
  error failed;
  std::vector<std::string> warnings;
  /// With a cursor: where the next run goes on, if this one completes.
  std::optional<checkpoint> reached = std::nullopt;
  /// The pass offered every row of the source, or only those that may have changed and the listed
  /// rejected ones that have a key.
  bool whole_source = true;
  bool all_listed = true;  ///< of the invalid rows of the pass; see writer_drained
  /// Packed, of the rows that the run was about, where a person has named them.
  std::vector<std::string> chosen_keys = {};
};

/// What became of batches that were delivered together.
struct batch_settled {
  writer_number writer{};
  std::uint32_t batches = 1;
  std::uint64_t delivered = 0;
  std::uint64_t rejected = 0;
  std::uint64_t undelivered = 0;
  /// Rows in the ledger afterwards; nothing if the ledger was not touched.
  std::optional<std::uint64_t> ledger_rows = std::nullopt;
  ledger_position ledger = {};   ///< how far the ledger had come, where there are `ledger_rows`
  std::string refused_for = {};  ///< why one of the rejected rows is rejected
  /// See batch_outcome.
  std::optional<timestamp> ask_again_at = std::nullopt;
  operation_counts delivered_as = {};  ///< the rows of `delivered`
};

/// A writer has nothing left to deliver.
struct writer_drained {
  writer_number writer{};
  std::vector<std::string> warnings;  ///< what the destination did about values it cannot hold
  /// Rows that were not confirmed although the destination as a whole did not fail and nobody
  /// stopped the delivery: at its end the run fails because of these rows.
  std::uint64_t unconfirmed = 0;
  /// Every refused row has its entry in the catalog. A cursor must not pass rows without one.
  bool all_listed = true;
};

/// The part of a connection's state that outlives runs and restarts.
struct connection_memory {
  connection_name connection;
  bool enabled = true;
  run_type next_type = run_type::full;
  std::uint32_t epoch = 1;  ///< a full run delivers in this epoch, and begins it if necessary
  std::optional<run_id> continues;  ///< the unfinished full run that the next one continues
  std::string mapping_identity;     ///< of the last run; a change makes the next run full
  std::uint64_t ledger_rows = 0;
  /// The next full run records rows as acknowledged without sending them; cleared when such a run
  /// succeeds.
  bool assume_synced = false;
  std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: see checkpoint
  /// The latest due time that was handled; nothing for a new schedule.
  std::optional<timestamp> due_handled = std::nullopt;
  /// What the ledger belongs to: source, key and destination; empty if no run has opened the
  /// ledger yet.
  std::string ledger_identity = {};
  ledger_trace ledger = {};

  bool operator==(const connection_memory&) const = default;
};

/// All that a supervisor needs to know about a connection at first.
struct connection_entry {
  connection_memory memory;
  std::optional<run_record> last_run;
  std::uint64_t rejected_rows = 0;  ///< listed or not
};

}  // namespace sluice
