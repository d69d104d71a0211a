// What a supervisor decides, without an actor in sight.
//
///   disabled ──enable──► idle ──start, due──► running ──run closed──► idle
///                          ▲                     │ stop / disable / another source, destination
///                          │                     │ or key / shutdown / reader or writer failed
///                          └─────run closed──────draining
//
// What happens within a run is active_run's affair. Every method takes one event and returns what
// is to be done about it. The actor around it performs the actions and decides nothing.
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

/// The answer to a command, and what there is to do.
struct decision {
  error refused;   ///< code `none` if the command was accepted
  run_record run;  ///< the run it is about, if it was accepted
  actions todo;
};

/// One connection's life. Not thread safe. The clock is the caller's.
class supervisor_state {
 public:
  /// What the configuration says.
  struct settings {
    connection_name connection;
    sync_mode mode = sync_mode::upsert;
    std::uint32_t writers = 1;
    std::string mapping_identity;
    /// What the destination allows at most, in rows per second; nothing if it sets no limit.
    std::optional<double> upsert_rate = {};
    std::optional<double> delete_rate = {};
    schedule::plan schedule = {};
    /// The first run records rows as acknowledged without sending them.
    bool assume_initially = false;
    bool by_cursor = false;  ///< runs leave out what lies before their checkpoint
    /// Of what a ledger would be; empty if that cannot be told.
    std::string ledger_identity = {};
    /// After how long somebody wants to be told of a late run, ascending.
    std::vector<std::chrono::milliseconds> late = {};
    std::uint32_t max_rejected_percent = 100;
    /// As in `active_run::settings`.
    std::chrono::milliseconds writer_patience = active_run::obeys_within;
  };
  /// More postponed starts than this are refused.
  static constexpr std::size_t max_postponed = 16;

  supervisor_state(settings s, connection_memory memory, std::optional<run_record> last_run);

  // -- commands -----------------------------------------------------------------------------------

  /// `run` is the id that the new run will have. Accepted: answered by `announce_start` or
  /// `refuse_start` later, but for a postponed one, whose record is in the decision.
  decision start(const start_options& options, run_id run, timestamp now);
  /// Halts reading and drains; `abandon` gives up the drain as well.
  decision stop(bool abandon, timestamp now, const std::string& by = {});
  /// Forgets a postponed start whose owner went away.
  void withdraw(const run_id& run);
  /// Takes runs again; what was missed meanwhile is not made up for.
  void enable(timestamp now);
  /// As `stop`, and takes no more runs until it is enabled.
  actions disable(timestamp now);
  /// Why the ledger cannot be forgotten now; code `none` if it can.
  [[nodiscard]] error refuse_reset() const;
  /// The ledger is gone: the next run is full. REQUIRES: refuse_reset() has no objection.
  void reset();
  /// Another configuration, from the next run on: `adopt_configuration` says when. `restart`: stop
  /// the present run for it.
  actions reconfigure(settings s, bool restart, timestamp now);
  /// As `stop`, for good: no start is accepted any more, and `quit` follows when idle.
  actions shutdown(bool abandon, timestamp now);

  // -- the schedule -------------------------------------------------------------------------------

  /// Begins to keep the schedule. Once, before any other event.
  actions keep_schedule(timestamp now);
  /// Looks what is due. `run` is the id of the run that may begin, or be skipped.
  actions wake(run_id run, timestamp now);
  /// When to call `wake` at the latest; nothing if never.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wake_after(timestamp now) const;
  /// A run is due for another reason than the clock.
  actions due(run_id run, timestamp now);

  /// Looks whether a run takes too long or has not come, and tells of it once.
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
  /// Of the connection's threads these were set aside and have not come back: no run begins as long
  /// as there are any.
  void hanging(std::vector<hung_thread> hung) { hung_ = std::move(hung); }

  // -- reports from reader and writers: of no run, if they come from some that were set aside -----

  void opened(const model_opened& m);
  void entered(run_phase phase, const std::string& waiting_for) {
    if (run_) run_->entered(phase, waiting_for);
  }
  void progressed(const read_progress& p) {
    if (run_) run_->progressed(p);
  }
  actions halted(const reading_halted& h, timestamp now);
  void confirmed(writer_number writer, row_count rows) {
    if (run_) run_->confirmed(writer, rows);
  }
  actions settled(const batch_settled& b);
  /// What a writer that was set aside has recorded when it is back: of no run, but in the ledger.
  void ledger_reached(const batch_settled& b);
  actions writer_failed(const error& why, timestamp now);
  actions drained(const writer_drained& report, timestamp now);
  /// The ledger has come so far, and deltas are about to leave.
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
  [[nodiscard]] const connection_memory& memory() const { return memory_; }
  /// The run that would follow if nothing of a present one came any more; `full`: in a new epoch.
  [[nodiscard]] foreseen_run foresee(bool full, timestamp now) const;

 private:
  struct planned_run {
    run_record record;
    connection_memory memory;  ///< what the next run would be if the node died from then on
    ledger_trace known;        ///< of the ledger that the run is to find
  };
  struct postponed_start {
    start_options options;
    run_record record;
    timestamp due;
  };

  [[nodiscard]] bool had_run() const { return !memory_.mapping_identity.empty(); }
  [[nodiscard]] bool mapping_changed() const {
    return had_run() && memory_.mapping_identity != settings_.mapping_identity;
  }
  /// Source, key or destination are others than those of the ledger.
  [[nodiscard]] bool ledger_changed() const {
    return !memory_.ledger_identity.empty() && !settings_.ledger_identity.empty() &&
           memory_.ledger_identity != settings_.ledger_identity;
  }
  [[nodiscard]] run_type next_type() const {
    return mapping_changed() || ledger_changed() ? run_type::full : memory_.next_type;
  }
  /// The next run, should it be full, goes on where an earlier one ended.
  [[nodiscard]] bool next_continues() const {
    return memory_.continues && !mapping_changed() && !ledger_changed() &&
           next_type() == run_type::full;
  }
  /// Since when a run is due that is active or has not begun; nothing if none is expected.
  [[nodiscard]] std::optional<timestamp> expected_since() const;
  /// What must happen before a run begins by itself, if that is not the clock; else "".
  [[nodiscard]] std::string awaited() const;
  [[nodiscard]] std::string next_reason() const;

  run_record new_record(const start_options& options, run_id run, timestamp now) const;
  [[nodiscard]] planned_run plan(const start_options& options, run_id run, timestamp now) const;
  actions begin(const start_options& options, run_id run, timestamp now, timestamp due);
  actions due(run_id run, timestamp since, timestamp now);
  actions skip(run_id run, timestamp now);
  /// Why no run can begin whoever wants it; code `none` if one can.
  [[nodiscard]] error blocked(const std::string& operation) const {
    return refusal_of(hung_, operation, settings_.connection);
  }
  /// Takes another configuration. REQUIRES: no run is active.
  actions adopt(settings s, timestamp now);
  void start_timetable(std::optional<timestamp> handled, timestamp now);
  /// Whether the destination asked not to be bothered before a time that is still to come.
  [[nodiscard]] bool held(timestamp now) const { return hold_until_ && now < *hold_until_; }
  /// Refuses every start that waits.
  actions refuse_postponed(const error& why);
  /// The run that an event is about.
  active_run& active();
  /// What follows once the run has come to its end.
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
  bool was_late_ = false;                   ///< somebody was told, and no run has succeeded since
  std::optional<active_run> run_;
  bool closing_ = false;  ///< the end of the run was handed over to be recorded
  std::vector<hung_thread> hung_;
  std::deque<postponed_start> postponed_;
  std::optional<schedule::timetable> timetable_;
  /// When the destination wants to be asked again: no run begins by itself before. Not durable: a
  /// node that starts again asks, and is told again.
  std::optional<timestamp> hold_until_;
  bool due_when_held_ = false;  ///< a run was due for another reason than the clock
  std::uint64_t listed_ = 0;    ///< rejected rows
  bool ending_ = false;
};

}  // namespace sluice::actors
