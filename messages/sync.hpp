// What the actors of a run tell each other, as plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/run.hpp"

namespace sluice {

/// The name of a start, by which it is known when it is asked for again: no second run comes of it.
struct start_once {
  std::string key = {};        ///< as whoever asks makes it unique; empty: the start has none
  std::string body_hash = {};  ///< of what is asked for; the same key with another one is refused

  bool operator==(const start_once&) const = default;
  explicit operator bool() const { return !key.empty(); }
};

/// The longest `start_once::key`, in bytes.
inline constexpr std::size_t longest_start_key = 512;
/// How long a start is known by its key.
inline constexpr std::chrono::hours start_key_lasts{24};

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
};

/// A start that the catalog knows by its key; without a key: it knows none.
struct known_start {
  start_once once = {};
  timestamp at;  ///< when its run was recorded
  run_record run;
};

/// How a run is to be stopped.
struct stop_options {
  bool abandon = false;           ///< give up the drain as well
  std::string requested_by = {};  ///< who asks, for the record
  std::string run = {};           ///< this one and no other; empty: whichever is active
};

/// The longest `requested_by` that is recorded, in bytes.
inline constexpr std::size_t longest_requester = 128;

/// Which entries of the list of rejected rows a run has settled by not listing them again.
enum class settled_rows : std::uint8_t {
  none,   ///< the run may not have tried them
  keyed,  ///< those whose key is known: the run asked the source for each
  all,    ///< the run saw the whole source
};

/// A run that ended, was skipped or is late, for whoever is concerned by that.
struct run_ended {
  run_record run;          ///< without an id: one that is late and has not begun
  bool recovered = false;  ///< it succeeded, and the one before it had failed or been interrupted
  /// The last one before it that had succeeded, failed or been interrupted; nothing if none is
  /// known.
  std::optional<run_record> before = std::nullopt;
  /// It goes on, or has not begun, for longer than so many milliseconds after it was due.
  std::optional<std::uint64_t> late_ms = std::nullopt;
  bool was_late = false;  ///< somebody was told so before it ended
};

/// What a preview is asked for.
struct preview_options {
  bool full = false;
  std::uint32_t samples = 5;  ///< at most, of each kind
};

/// One row as a run would send it.
struct preview_sample {
  std::string operation;  ///< insert, update or delete; `read` for an invalid row
  std::string key;        ///< as JSON text
  std::string rendered;   ///< what would be sent, secrets masked; empty if nothing would be
  std::string reason;     ///< why it is invalid, or cannot be sent; else empty
};

/// What a run would do now.
struct preview_result {
  std::string connection;
  run_type type = run_type::full;
  std::string reason;  ///< why it is of that type, where that may surprise; else empty
  sync_mode mode = sync_mode::upsert;
  run_counters counters;               ///< read, unchanged, invalid, inserts, updates, deletes
  std::uint64_t rejected_retried = 0;  ///< of the deltas: rows that were rejected before
  std::vector<preview_sample> samples;
  std::vector<std::string> warnings;
  /// The run would hold its deletes back, which are shown, but not counted; code `none` if not.
  error guarded;
};

/// The configuration of a connection as it holds, safe to print.
struct shown_configuration {
  std::string file;                        ///< on the node that runs the connection
  std::string json;                        ///< with defaults and presets filled in, secrets masked
  std::vector<std::string> defaults = {};  ///< JSON pointers of what the file leaves out

  bool operator==(const shown_configuration&) const = default;
};

/// What a reload did; or, with problems, that it did nothing.
struct reload_report {
  std::vector<std::string> problems;  ///< of the configuration, a text each
  std::vector<std::string> added;     ///< names of connections
  std::vector<std::string> removed;
  std::vector<std::string> changed;
  std::vector<std::string> restarting;  ///< of the changed: their runs were stopped
  std::uint32_t unchanged = 0;
  std::vector<std::string> warnings;  ///< settings of the node that only a restart applies
};

/// Who answers at an address.
struct node_info {
  std::string name;
  std::string version;
  std::uint64_t pid = 0;
  bool ending = false;  ///< it shuts down: connections drain, no run is started any more
};

/// How far a cursor column has been read: its highest value that a completed run knows, exactly as
/// the database printed it.
struct checkpoint {
  /// The column, and what else the value holds for: types, filter, mode. Under another text a run
  /// reads everything.
  std::string column;
  std::string value;

  bool operator==(const checkpoint&) const = default;
};

/// How a pass over the source ended. Only a complete pass may infer that a key vanished.
enum class pass_end : std::uint8_t { complete, cancelled, failed };

/// A moment in the life of a ledger. Of one ledger, later moments have higher sequences.
struct ledger_position {
  std::uint64_t history = 0;   ///< which ledger: every one that is begun has another number
  std::uint64_t sequence = 0;  ///< of its last durable record; 0: it has none

  bool operator==(const ledger_position&) const = default;
};

/// What the catalog knows of a ledger: by this a copy that stands in its place is found out.
struct ledger_trace {
  /// It has come so far at the least; nothing if that is not known.
  std::optional<ledger_position> at = std::nullopt;
  bool settled = false;  ///< exactly so far: no run has begun since
  /// Catalog and ledger come from the backup made then, and no run has made up for that yet.
  std::optional<timestamp> copied_at = std::nullopt;
  /// Why it lacks deliveries that were made, in words; empty again once a run has made up for that
  /// as far as any can.
  std::string lacks = {};

  bool operator==(const ledger_trace&) const = default;
};

/// What the reader found out before the first row.
struct model_opened {
  run_type type = run_type::full;  ///< full, too, where the ledger is not what the catalog knows
  std::uint32_t epoch = 0;
  std::vector<std::string> warnings;
  ledger_position ledger = {};  ///< where it begins
  std::string reason = {};      ///< why the run is of that type, if that is for the ledger's sake
  /// The run reads the whole source, and so do those after it until one has succeeded.
  bool whole_source = false;
  std::string lacks = {};  ///< see ledger_trace
  /// What the run cannot do whatever else it does, so that it must not be called a success; code
  /// `none` if there is nothing.
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
  /// With a cursor: what the next run goes on from, if this one completes.
  std::optional<checkpoint> reached = std::nullopt;
  /// The pass offered every row of the source, or only those that may have changed and the listed
  /// rejected ones that have a key.
  bool whole_source = true;
  bool all_listed = true;  ///< of the rows that it found invalid; see writer_drained
};

/// What became of batches that were delivered together.
struct batch_settled {
  std::uint32_t writer = 0;
  std::uint32_t batches = 1;
  std::uint64_t delivered = 0;
  std::uint64_t rejected = 0;
  std::uint64_t undelivered = 0;
  /// Rows in the ledger after that; nothing if it was not touched.
  std::optional<std::uint64_t> ledger_rows = std::nullopt;
  ledger_position ledger = {};   ///< how far it had come, where there are `ledger_rows`
  std::string refused_for = {};  ///< why one of the rejected rows is rejected
  /// See batch_outcome.
  std::optional<timestamp> ask_again_at = std::nullopt;
  operation_counts delivered_as = {};  ///< the rows of `delivered`
};

/// A writer has nothing left to deliver.
struct writer_drained {
  std::uint32_t writer = 0;
  std::vector<std::string> warnings;  ///< what the destination did about values it cannot hold
  /// Rows that were not confirmed although neither the destination as a whole failed nor anybody
  /// stopped the delivery: the run fails for them at its end.
  std::uint64_t unconfirmed = 0;
  /// Every refused row has its place in the catalog's list. A cursor must not pass the others.
  bool all_listed = true;
};

/// The part of a connection's state that outlives runs and restarts.
struct connection_memory {
  std::string connection;
  bool enabled = true;
  run_type next_type = run_type::full;
  std::uint32_t epoch = 1;  ///< a full run delivers in this epoch, and begins it if it has to
  std::optional<std::string> continues;  ///< the unfinished full run that the next one continues
  std::string mapping_identity;          ///< of the last run; another one makes the next run full
  std::uint64_t ledger_rows = 0;
  /// The next full run records rows as acknowledged without sending them; cleared when such a run
  /// succeeds.
  bool assume_synced = false;
  std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: see checkpoint
  /// The latest due time that was taken care of; nothing for a schedule that is new.
  std::optional<timestamp> due_handled = std::nullopt;
  /// Of what the ledger is: source, key and destination; empty if no run has opened it yet.
  std::string ledger_identity = {};
  ledger_trace ledger = {};

  bool operator==(const connection_memory&) const = default;
};

/// All there is to know about a connection before it is supervised.
struct connection_entry {
  connection_memory memory;
  std::optional<run_record> last_run;
  std::uint64_t rejected_rows = 0;  ///< listed or not
};

}  // namespace sluice
