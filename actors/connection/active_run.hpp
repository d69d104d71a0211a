// A run that is not over yet: what its reader and writers report, and when it is done.
//
//   recording ──recorded──► queued ──slot granted──► moving ──all over──► settling ──► closing
//       │ stop                │ stop                  (rows move)     (ledger)     (catalog)
//       └──────────────────┴────────────────────────────────────────────────────────► closing
//
// What does not end although it was told to is gone on without, one after the other: the reader,
// then the writers, which wait for its end marker, then the settling of the ledger. So is what does
// not leave source or destination once all is done.
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
  /// Whoever is interrupted and has not obeyed by then hangs: a reader once the drain was given up,
  /// a writer from then on. A driver that heeds SQLCancel does so at once, and the connection of
  /// another one is cut after the first half (odbc::interruption::grace).
  static constexpr std::chrono::milliseconds obeys_within{2'000};
  /// Whoever has that long not left source or destination though all is done, or not settled the
  /// ledger though it was told to hurry, hangs.
  static constexpr std::chrono::milliseconds leaves_within{10'000};

  enum class phase : std::uint8_t { recording, queued, moving, settling, closing };
  /// What does not change while the run goes on.
  struct settings {
    std::uint32_t writers = 1;
    bool allow_deletes = false;
    bool assume_synced = false;
    timestamp due;                                     ///< since when the run wants a slot
    std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: how far earlier runs read
    ledger_trace ledger = {};                          ///< what the catalog knows of it
    /// What the destination allows at most, in rows per second; nothing if it sets no limit.
    std::optional<double> upsert_rate = {};
    std::optional<double> delete_rate = {};
    /// More of the rows that were judged may not be rejected; 100 allows any.
    std::uint32_t max_rejected_percent = 100;
    /// Rows that were listed as rejected before the run: refused again, they tell nothing new.
    std::uint64_t listed_before = 0;
    /// How long the writers may go on when the drain was given up: a request that is under way is
    /// finished. At least `obeys_within`.
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
  /// Goes on without those that have not ended in the time of `arm_hang_timer`. An earlier timer
  /// than the last one means nothing.
  actions hang_timed_out(std::uint32_t timer, timestamp now);
  void opened(const model_opened& m);
  /// What the reader, or a writer, does from now on; `draining`: the reader has left its source.
  void entered(run_phase what, const std::string& waiting_for);
  void progressed(const read_progress& p);
  actions halted(const reading_halted& h, timestamp now);
  /// The destination has confirmed so many rows of what the writer delivers at present.
  void confirmed(writer_number writer, row_count rows);
  actions settled(const batch_settled& b);
  actions writer_failed(const error& why);
  actions drained(const writer_drained& report, timestamp now);
  actions ledger_settled(timestamp now);
  /// The actor ended without having reported that it was done.
  actions reader_down(const error& why, timestamp now);
  actions writer_down(writer_number writer, const error& why, timestamp now);
  /// Something about the run that its record should say, once.
  void warn(const std::string& text);

  // -- questions ----------------------------------------------------------------------------------

  /// As it is; final once the phase is `closing`.
  [[nodiscard]] const run_record& record() const { return record_; }
  /// The same with what it does at present.
  [[nodiscard]] run_record present() const;
  [[nodiscard]] phase at() const { return at_; }
  /// Reading was told to halt, whoever wanted it.
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::uint64_t deltas_in_flight() const { return total_sent() - total_settled(); }
  [[nodiscard]] std::uint64_t batches_in_flight() const { return batches_sent_ - batches_settled_; }
  /// The reader has come to terms with the ledger.
  [[nodiscard]] bool has_opened() const { return opened_; }
  /// It did all that a run can do: nothing of it is left for the next one.
  [[nodiscard]] bool completed() const { return completed_; }
  /// What the next run goes on from, if this one was completed; nothing: it reads everything.
  [[nodiscard]] std::optional<checkpoint> read_to() const;
  /// What the run, ended as it is, has settled in the list of rejected rows.
  [[nodiscard]] settled_rows settles() const;

 private:
  struct writer_share {
    std::uint64_t sent = 0;
    std::uint64_t settled = 0;
    std::uint64_t confirmed = 0;  ///< delivered, of what is not settled yet
    bool over = false;
  };

  /// Whose end is waited for when the drain was given up, or who is to leave when all is done.
  enum class awaited : std::uint8_t { nobody, reader, writers, ledger, destination, source };

  /// Halts the reader; the first error is the run's.
  void halt(actions& todo, const error& why);
  void abandon(actions& todo);
  /// Has a reader that settles the ledger hurry.
  void leave_soon(actions& todo);
  /// Waits for those that have nothing left to do, and may hang in what they close.
  void watch_leaving(actions& todo);
  /// Interrupts them.
  void hurry(actions& todo, awaited who);
  /// A reader that has left its source may still be at work on the ledger.
  [[nodiscard]] std::chrono::milliseconds patience_with_ledger() const;
  /// Waits for the next of those that may hang.
  void await(actions& todo, awaited whom, std::chrono::milliseconds patience);
  /// Goes on without the writers that are not over.
  void leave_writers(actions& todo, timestamp now);
  /// Ends a run whose rows are refused for a reason that is none of theirs.
  void guard_rejections(actions& todo, const std::string& refused_for);
  /// Why the run failed that goes on without somebody.
  [[nodiscard]] error hung(const char* operation, errc code) const;
  /// Goes on to settling and closing once nothing moves any more.
  void advance(actions& todo, timestamp now);
  void close(timestamp now);
  /// Of the writer that a report comes from.
  writer_share& share_of(writer_number writer);
  void count_rest_undelivered(writer_share& w);
  /// Says in the record how long the rest of the drain takes.
  void expect_drain();
  [[nodiscard]] std::uint64_t total_sent() const;
  [[nodiscard]] std::uint64_t total_settled() const;
  /// Rows that are delivered and not settled yet.
  [[nodiscard]] std::uint64_t total_confirmed() const;

  settings how_;
  run_record record_;
  phase at_ = phase::recording;
  run_phase moves_ = run_phase::connecting;  ///< what reader and writers said last
  std::string waits_for_;                    ///< with `waiting`
  bool stopping_ = false;
  bool abandoned_ = false;  ///< the drain was given up
  awaited awaits_ = awaited::nobody;
  std::uint32_t last_timer_ = 0;  ///< of those for what hangs
  bool left_source_ = false;      ///< by the reader
  bool reader_alive_ = false;
  bool reading_over_ = false;
  pass_end end_ = pass_end::cancelled;
  bool opened_ = false;
  bool completed_ = false;
  error left_over_;                    ///< see model_opened
  bool whole_source_ = true;           ///< see reading_halted
  std::optional<checkpoint> reached_;  ///< see reading_halted
  bool all_listed_ = true;             ///< see reading_halted and writer_drained
  std::vector<writer_share> writers_;
  std::uint64_t unconfirmed_ = 0;  ///< of all writers; see writer_drained
  std::uint64_t settled_at_stop_ = 0;
  std::uint64_t batches_sent_ = 0;
  std::uint64_t batches_settled_ = 0;
};

}  // namespace sluice::actors
