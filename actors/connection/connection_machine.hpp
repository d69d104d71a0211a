// The decisions of a supervisor, without any actor.
//
///   disabled ──enable──► idle ──start, due──► running ──run closed──► idle
///                          ▲                     │ stop / disable / another source, destination
///                          │                     │ or key / shutdown / reader or writer failed
///                          └─────run closed──────draining
//
// active_run decides within a run. Every method takes one event and returns the actions that
// follow. The actor around this class performs the actions and decides nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actors/connection/action.hpp"
#include "actors/connection/active_run.hpp"
#include "actors/run/hung_threads.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/schedule/timetable.hpp"

namespace sluice::actors {

/// The answer to a command, and the actions that follow.
struct command_result {
  error refused;   ///< code `none` if the command was accepted
  run_record run;  ///< the run that the command is about, if it was accepted
  actions todo;
  bool again = false;  ///< nothing is to be done: the run was started before, under the same key
};

/// The life of one connection. Not thread safe. The caller passes the time.
class connection_machine {
 public:
  /// Settings from the configuration.
  struct settings {
    connection_name connection;
    sync_mode mode = sync_mode::upsert;
    std::uint32_t writers = 1;
    std::string mapping_identity;
    /// The destination's limit, in rows per second; nothing if it sets none.
    std::optional<double> upsert_rate = {};
    std::optional<double> delete_rate = {};
    schedule::plan schedule = {};
    /// The first run records rows as acknowledged without sending them.
    bool assume_initially = false;
    bool by_cursor = false;  ///< runs leave out rows before their checkpoint
    /// The identity of a new ledger; empty if it is not known.
    std::string ledger_identity = {};
    /// How late a run must be for each alert, ascending.
    std::vector<std::chrono::milliseconds> late = {};
    std::uint32_t max_rejected_percent = 100;
    /// As in `active_run::settings`.
    std::chrono::milliseconds writer_patience = active_run::obeys_within;
  };
  /// More postponed starts than this are refused.
  static constexpr std::size_t max_postponed = 16;

  connection_machine(settings s, connection_memory memory, std::optional<run_record> last_run);

  // -- commands -----------------------------------------------------------------------------------

  /// `run` is the id that the new run will have. If accepted, `announce_start` or `refuse_start`
  /// answers later; only a postponed start has its record in the result.
  /// Of a start with a key `recorded` is what the catalog knows by it.
  command_result start(const start_options& options, run_id run, timestamp now,
                       const known_start& recorded = {});
  /// Halts reading of whatever run is active, and drains; `abandon` gives up the drain as well.
  command_result stop(bool abandon, timestamp now, const std::string& by = {});
  /// The same for the run that is named, if one is. A postponed one is withdrawn.
  command_result stop(const stop_options& how, timestamp now);
  /// Forgets a postponed start whose owner is gone.
  void withdraw(const run_id& run);
  /// Takes runs again; missed runs are not made up for.
  void enable(timestamp now);
  /// As `stop`, and takes no more runs until it is enabled.
  actions disable(timestamp now);
  /// Why the ledger cannot be forgotten now; code `none` if it can.
  [[nodiscard]] error refuse_reset() const;
  /// The ledger is gone: the next run is full. REQUIRES: refuse_reset() has no objection.
  void reset();
  /// Another configuration for the next run: `adopt_configuration` follows when it takes effect.
  /// `restart`: stops the present run for it.
  actions reconfigure(settings s, bool restart, timestamp now);
  /// As `stop`, for good: no start is accepted any more, and `quit` follows when idle.
  actions shutdown(bool abandon, timestamp now);

  // -- the schedule -------------------------------------------------------------------------------

  /// Begins to keep the schedule. Once, before any other event.
  actions keep_schedule(timestamp now);
  /// Looks whether a run is due. `run` is the id of the run that may begin, or be skipped.
  actions wake(run_id run, timestamp now);
  /// When to call `wake` at the latest; nothing if never.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wake_after(timestamp now) const;
  /// A run is due for another reason than the clock.
  actions due(run_id run, timestamp now);

  /// Looks whether a run takes too long or has not begun, and reports it once.
  actions look_late(timestamp now);
  /// When to look again; nothing if never.
  [[nodiscard]] std::optional<std::chrono::milliseconds> late_after(timestamp now) const;

  // -- what came of actions -----------------------------------------------------------------------

  actions recorded(timestamp now);
  actions not_recorded(const error& why);
  actions slot_granted();
  actions closed(timestamp now);
  actions not_closed(const error& why);
  actions retry_close();
  actions drain_timed_out(const run_id& run);
  actions hang_timed_out(const run_id& run, std::uint32_t timer, timestamp now);
  /// Threads of the connection that were set aside and have not come back; no run begins as long as
  /// there are any.
  void hanging(std::vector<hung_thread> hung) { hung_ = std::move(hung); }

  // -- reports from reader and writers; from actors that were set aside they count for no run
  // ------

  void opened(const model_opened& m);
  void entered(run_phase phase, const std::string& waiting_for) {
    if (run_) run_->entered(phase, waiting_for);
  }
  void progressed(const read_progress& p) {
    if (run_) run_->progressed(p);
  }
  actions halted(const reading_halted& h, timestamp now);
  void confirmed(writer_number writer, const operation_counts& rows) {
    if (run_) run_->confirmed(writer, rows);
  }
  actions settled(const batch_settled& b);
  /// A writer that was set aside has come back and reports a batch: it counts for no run, but the
  /// ledger has it.
  void ledger_reached(const batch_settled& b);
  actions writer_failed(const error& why, timestamp now);
  actions drained(const writer_drained& report, timestamp now);
  /// The ledger is at this position, and deltas are about to be sent.
  void ledger_at(const ledger_position& at) { memory_.ledger.at = at; }
  actions ledger_settled(row_count rows, const ledger_trace& at, timestamp now);
  /// The actor ended without having reported that it was done.
  actions reader_down(const error& why, timestamp now);
  actions writer_down(writer_number writer, const error& why, timestamp now);

  /// How many rejected rows are listed now.
  void listed(row_count rejected) { listed_ = rejected.number(); }

  // -- questions ----------------------------------------------------------------------------------

  [[nodiscard]] connection_status status() const;
  [[nodiscard]] connection_state state() const;
  /// The record of a run that is current, last or postponed.
  [[nodiscard]] std::optional<run_record> find(const run_id& run) const;
  /// The current run and the postponed ones, as they are now.
  [[nodiscard]] std::vector<run_record> present_runs() const;
  [[nodiscard]] const connection_memory& memory() const { return memory_; }
  /// The run that would follow if the present one ended now; `full`: in a new epoch.
  [[nodiscard]] foreseen_run foresee(bool full, timestamp now) const;

 private:
  struct planned_run {
    run_record record;
    /// The state that the next run begins with if the node dies in this run.
    connection_memory memory;
    ledger_trace known;  ///< the state in which the run expects the ledger
  };
  struct postponed_start {
    start_options options;
    run_record record;
    timestamp due;

    /// As people see it.
    [[nodiscard]] run_record present() const;
  };

  [[nodiscard]] bool had_run() const { return !memory_.mapping_identity.empty(); }
  [[nodiscard]] bool mapping_changed() const {
    return had_run() && memory_.mapping_identity != settings_.mapping_identity;
  }
  /// Source, key or destination differ from those of the ledger.
  [[nodiscard]] bool ledger_changed() const {
    return !memory_.ledger_identity.empty() && !settings_.ledger_identity.empty() &&
           memory_.ledger_identity != settings_.ledger_identity;
  }
  [[nodiscard]] run_type next_type() const {
    return mapping_changed() || ledger_changed() ? run_type::full : memory_.next_type;
  }
  /// The next run, if full, goes on where an earlier one ended.
  [[nodiscard]] bool next_continues() const {
    return memory_.continues && !mapping_changed() && !ledger_changed() &&
           next_type() == run_type::full;
  }
  /// Since when the active or next run is due; nothing if no run is expected.
  [[nodiscard]] std::optional<timestamp> expected_since() const;
  /// The event, other than the clock, that the next run by itself waits for; else "".
  [[nodiscard]] std::string awaited() const;
  [[nodiscard]] std::string next_reason() const;

  /// What becomes of a start whose key is known; nothing if it is not.
  [[nodiscard]] std::optional<command_result> started_before(const start_once& once,
                                                             const known_start& recorded,
                                                             timestamp now) const;
  run_record new_record(const start_options& options, run_id run, timestamp now) const;
  [[nodiscard]] planned_run plan(const start_options& options, run_id run, timestamp now) const;
  /// `due`: since when the run is wanted.
  actions begin(timestamp due, const start_options& options, run_id run, timestamp now);
  actions due(run_id run, timestamp since, timestamp now);
  actions skip(run_id run, timestamp now);
  /// Why no run can begin at present, not even on request; code `none` if one can.
  [[nodiscard]] error blocked(const std::string& operation) const {
    return refusal_of(hung_, operation, settings_.connection);
  }
  /// Takes another configuration. REQUIRES: no run is active.
  actions adopt(settings s, timestamp now);
  void start_timetable(std::optional<timestamp> handled, timestamp now);
  /// Whether the destination asked for a pause that is not over.
  [[nodiscard]] bool held(timestamp now) const { return hold_until_ && now < *hold_until_; }
  /// Refuses every start that waits.
  actions refuse_postponed(const error& why);
  /// The run that an event is about.
  active_run& active();
  /// The actions after the end of the run.
  actions followed(actions todo);

  settings settings_;
  std::optional<settings> next_settings_;  ///< adopted when the present run is over
  connection_memory memory_;
  std::optional<run_record> last_;
  /// The last run that succeeded, failed or was interrupted, as far as it is known.
  std::optional<run_record> judged_;
  std::optional<run_record> last_skipped_;  ///< because of the present run
  timestamp run_due_;                       ///< since when the present run is wanted
  std::optional<timestamp> watched_since_;  ///< when the schedule was first kept
  std::size_t late_told_ = 0;               ///< of `settings::late`, for what is expected now
  bool was_late_ = false;                   ///< an alert was sent, and no run has succeeded since
  std::optional<active_run> run_;
  start_once run_once_;   ///< of the present run
  bool closing_ = false;  ///< the end of the run was handed over to be recorded
  std::vector<hung_thread> hung_;
  std::deque<postponed_start> postponed_;
  std::optional<schedule::timetable> timetable_;
  /// When the destination's pause ends: no run begins by itself before. Not durable: after a
  /// restart the node asks the destination, and gets the pause again.
  std::optional<timestamp> hold_until_;
  bool due_when_held_ = false;  ///< a run was due for another reason than the clock
  std::uint64_t listed_ = 0;    ///< rejected rows
  bool ending_ = false;
};

}  // namespace sluice::actors
