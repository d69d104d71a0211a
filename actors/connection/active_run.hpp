// A run that has not ended: takes the reports of its reader and writers, and decides when it is
// done.
//
//   recording ──recorded──► queued ──slot granted──► moving ──all over──► settling ──► closing
//       │ stop                │ stop                  (rows move)     (ledger)     (catalog)
//       └──────────────────┴────────────────────────────────────────────────────────► closing
//
// An actor that does not end after it was interrupted is set aside, and the run goes on without it:
// first the reader, then the writers, which wait for its end marker, then the settling of the
// ledger. Actors that do not leave source or destination once all is done are set aside, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/connection/action.hpp"
#include "messages/names.hpp"

namespace sluice::actors {

/// Pure: takes one event at a time and returns what is to be done about it. Not thread safe; the
/// clock is the caller's.
class active_run {
 public:
  /// An interrupted actor hangs if it has not ended after this time, counted from when the drain
  /// was given up for the reader, and from then on for the writers. A driver that heeds SQLCancel
  /// returns at once, and with another driver the connection is cut after half of this time
  /// (odbc::interruption::grace).
  static constexpr std::chrono::milliseconds obeys_within{2'000};
  /// An actor hangs, too, if after this time it has not left source or destination although all is
  /// done, or has not settled the ledger although it was asked to hurry.
  static constexpr std::chrono::milliseconds leaves_within{10'000};

  enum class phase : std::uint8_t { recording, queued, moving, settling, closing };
  /// Facts that do not change during the run.
  struct settings {
    std::uint32_t writers = 1;
    bool allow_deletes = false;
    bool assume_synced = false;
    timestamp due;                                     ///< since when the run waits for a slot
    std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: how far earlier runs read
    ledger_trace ledger = {};                          ///< what the catalog knows of it
    row_choice rows = {};
    /// The destination's limit, in rows per second; nothing if it sets none.
    std::optional<double> upsert_rate = {};
    std::optional<double> delete_rate = {};
    /// The largest share of judged rows that may be rejected; 100 allows all.
    std::uint32_t max_rejected_percent = 100;
    /// Rows that were listed as rejected before the run: their repeated refusal is no news.
    std::uint64_t listed_before = 0;
    /// How long writers may go on after the drain was given up, to finish a request that was
    /// already sent. At least `obeys_within`.
    std::chrono::milliseconds writer_patience = obeys_within;
  };
  /// Rows that must have been judged before `max_rejected_percent` is looked at.
  static constexpr std::uint64_t judged_before_guard = 1000;

  active_run(run_record record, const settings& how);

  // -- events -------------------------------------------------------------------------------------

  actions recorded(timestamp now);
  actions slot_granted();
  /// Halts reading and drains; `abandon` gives up the drain as well.
  actions stop(bool abandon, timestamp now, const std::string& by = {});
  actions drain_timed_out();
  /// Goes on without the actors that have not ended in the time of `arm_hang_timer`. Only the last
  /// timer counts.
  actions hang_timed_out(std::uint32_t timer, timestamp now);
  void opened(const model_opened& m);
  /// The activity of the reader or a writer from now on; `draining`: the reader has left its
  /// source.
  void entered(run_phase what, const std::string& waiting_for);
  void progressed(const read_progress& p);
  actions halted(const reading_halted& h, timestamp now);
  /// The destination has confirmed so many rows of the writer's present delivery.
  void confirmed(writer_number writer, const operation_counts& rows);
  actions settled(const batch_settled& b);
  actions writer_failed(const error& why);
  actions drained(const writer_drained& report, timestamp now);
  actions ledger_settled(timestamp now);
  /// The actor ended without having reported that it was done.
  actions reader_down(const error& why, timestamp now);
  actions writer_down(writer_number writer, const error& why, timestamp now);
  /// Adds a warning to the run's record, once.
  void warn(const std::string& text);

  // -- questions ----------------------------------------------------------------------------------

  /// As it is; final once the phase is `closing`.
  [[nodiscard]] const run_record& record() const { return record_; }
  /// The same with its present activity. Active until the end is recorded, too.
  [[nodiscard]] run_record present() const;
  [[nodiscard]] phase at() const { return at_; }
  /// Reading was asked to halt, for whatever reason.
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::uint64_t deltas_in_flight() const { return total_sent() - total_settled(); }
  [[nodiscard]] std::uint64_t batches_in_flight() const { return batches_sent_ - batches_settled_; }
  /// The reader has opened the ledger and knows its state.
  [[nodiscard]] bool has_opened() const { return opened_; }
  /// The run did everything: no work is left for the next one.
  [[nodiscard]] bool completed() const { return completed_ && about_all(); }
  /// Where the next run begins to read, if this one was completed; nothing: it reads everything.
  [[nodiscard]] std::optional<checkpoint> read_to() const;
  /// Which listed rejected rows the run has settled, given how it ended.
  [[nodiscard]] settled_rows settles() const;

 private:
  /// No person has named the rows of the run.
  [[nodiscard]] bool about_all() const { return how_.rows.keys.empty(); }

  struct writer_share {
    std::uint64_t sent = 0;
    std::uint64_t settled = 0;
    operation_counts confirmed;  ///< rows that are delivered and not settled yet
    bool over = false;
  };

  /// The actors whose end is awaited after the drain was given up, or who must leave when all is
  /// done.
  enum class awaited : std::uint8_t { nobody, reader, writers, ledger, destination, source };

  /// Halts the reader; the first error is the run's.
  void halt(actions& todo, const error& why);
  void abandon(actions& todo);
  /// Asks a reader that settles the ledger to hurry.
  void leave_soon(actions& todo);
  /// Waits for actors that have nothing left to do, but may hang while closing source or
  /// destination.
  void watch_leaving(actions& todo);
  /// Interrupts them.
  void hurry(actions& todo, awaited who);
  /// A reader that has left its source may still be at work on the ledger.
  [[nodiscard]] std::chrono::milliseconds patience_with_ledger() const;
  /// Waits for the next actors that may hang.
  void await(actions& todo, awaited whom, std::chrono::milliseconds patience);
  /// Goes on without the writers that are not over.
  void leave_writers(actions& todo, timestamp now);
  /// Ends a run in which so many rows are refused that the rows are not the reason.
  void guard_rejections(actions& todo, const std::string& refused_for);
  /// The error of a run that goes on without a hanging actor.
  [[nodiscard]] error hung(const char* operation, errc code) const;
  /// Goes on to settling and closing once nothing moves any more.
  void advance(actions& todo, timestamp now);
  void close(timestamp now);
  /// The share of the writer that sent a report.
  writer_share& share_of(writer_number writer);
  void count_rest_undelivered(writer_share& w);
  /// Records the expected duration of the rest of the drain.
  /// At which rate the destination has taken rows so far.
  void measure_rate(timestamp now);
  void expect_drain();
  [[nodiscard]] std::uint64_t total_sent() const;
  [[nodiscard]] std::uint64_t total_settled() const;
  /// Rows that are delivered and not settled yet.
  [[nodiscard]] operation_counts total_confirmed() const;

  settings how_;
  run_record record_;
  phase at_ = phase::recording;
  run_phase moves_ = run_phase::connecting;  ///< the last activity that reader or writers reported
  std::string waits_for_;                    ///< with `waiting`
  bool stopping_ = false;
  bool abandoned_ = false;  ///< the drain was given up
  awaited awaits_ = awaited::nobody;
  std::uint32_t last_timer_ = 0;  ///< the last timer for hanging actors
  bool left_source_ = false;      ///< by the reader
  bool reader_alive_ = false;
  bool reading_over_ = false;
  pass_end end_ = pass_end::cancelled;
  bool opened_ = false;
  bool completed_ = false;                ///< did everything that it was about
  error left_over_;                       ///< see model_opened
  bool whole_source_ = true;              ///< see reading_halted
  std::vector<std::string> chosen_keys_;  ///< see reading_halted
  std::optional<checkpoint> reached_;     ///< see reading_halted
  bool all_listed_ = true;                ///< see reading_halted and writer_drained
  std::vector<writer_share> writers_;
  std::uint64_t unconfirmed_ = 0;  ///< of all writers; see writer_drained
  std::uint64_t settled_at_stop_ = 0;
  std::optional<double> measured_rate_;  ///< rows a second, until the stop
  std::uint64_t batches_sent_ = 0;
  std::uint64_t batches_settled_ = 0;
};

}  // namespace sluice::actors
