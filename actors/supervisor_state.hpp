// What a supervisor decides, without an actor in sight.
//
///             start                     last writer drained, ledger settled, end recorded
///   idle ───────────────► running ──────────────────────────────────────────────────► idle
///                            │ stop / shutdown / reader or writer failed                 ▲
///                            └──────────────────► draining ──────────────────────────────┘
///
/// Within `running` and `draining` a run passes through these phases:
///
///   recording ──recorded──► queued ──slot granted──► moving ──all over──► settling ──► closing
///       │ stop                │ stop                  (rows move)     (ledger)     (catalog)
///       └──────────────────┴────────────────────────────────────────────────────────► closing
//
// Every method takes one event and returns what is to be done about it. The actor around it
// performs the actions and decides nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

/// What there is to do. Performed in order.
namespace action {
/// Record the run in the catalog, then report `recorded` or `not_recorded`.
struct record_run {
  run_record run;
  connection_memory memory;
};
/// Ask for one of the node's slots, then report `slot_granted`.
struct acquire_slot {
  timestamp due;  ///< since when the run wants one
};
/// Give the slot, or the place in the queue for one, back.
struct release_slot {};
/// Spawn the writers and the reader.
struct spawn_run {
  run_record run;
  bool allow_deletes = false;
};
/// Trip the reader's stop token and send it `cancel` at high priority.
struct cancel_reader {};
/// Send the end marker to writers whose reader died: nothing can be behind it any more.
struct end_rows {
  std::vector<std::uint32_t> writers;
};
/// Trip the stop token of the writers and send them `abandon` at high priority.
struct abandon_writers {};
/// Report `drain_timed_out` with this serial after `drain_timeout`.
struct arm_drain_timer {
  std::uint64_t serial = 0;
};
/// Let the reader settle the ledger and go, then report `settled` (or `reader_down`).
struct settle_ledger {
  bool merge = false;
};
/// Record the end of the run, then report `closed` or `not_closed`.
struct close_run {
  run_record run;
  connection_memory memory;
  settled_rows settles = settled_rows::none;  ///< listed rejected rows that the run has settled
};
/// Try `close_run` again after a while.
struct retry_close {};
/// Tell whoever started the run that it began.
struct announce_start {
  run_record run;
};
/// Tell whoever started the run that it did not.
struct refuse_start {
  std::string run;
  error why;
};
/// Tell everybody who waits for the run that it is over.
struct announce_end {
  run_record run;
};
/// Nothing is left to do for ever: the actor may go.
struct quit {};
}  // namespace action

using action_type =
    std::variant<action::record_run, action::acquire_slot, action::release_slot, action::spawn_run,
                 action::cancel_reader, action::end_rows, action::abandon_writers,
                 action::arm_drain_timer, action::settle_ledger, action::close_run,
                 action::retry_close, action::announce_start, action::refuse_start,
                 action::announce_end, action::quit>;
using actions = std::vector<action_type>;

/// The answer to a command, and what there is to do.
struct decision {
  error refused;   ///< code `none` if the command was accepted
  run_record run;  ///< the run it is about, if it was accepted
  actions todo;
};

/// One connection's life. Not thread safe. The clock is the caller's.
class supervisor_state {
 public:
  struct settings {
    std::string connection;
    sync_mode mode = sync_mode::upsert;
    std::uint32_t writers = 1;
    std::string mapping_identity;
    /// What the destination allows at most, in rows per second; nothing if it sets no limit.
    std::optional<double> upsert_rate = {};
    std::optional<double> delete_rate = {};
  };
  /// More postponed starts than this are refused.
  static constexpr std::size_t max_postponed = 16;

  supervisor_state(settings s, connection_memory memory, std::optional<run_record> last_run);

  // -- commands -----------------------------------------------------------------------------------

  /// `run` is the id that the new run will have. Accepted: answered by `announce_start` or
  /// `refuse_start` later, but for a postponed one, whose record is in the decision.
  decision start(const start_options& options, std::string run, timestamp now);
  /// Halts reading and drains; `abandon` gives up the drain as well.
  decision stop(bool abandon, timestamp now);
  /// Forgets a postponed start whose owner went away.
  void withdraw(const std::string& run);
  /// As `stop`, for good: no start is accepted any more, and `quit` follows when idle.
  actions shutdown(bool abandon, timestamp now);

  // -- what came of actions
  // -------------------------------------------------------------------------

  actions recorded(timestamp now);
  actions not_recorded(const error& why);
  actions slot_granted();
  actions closed(timestamp now);
  actions not_closed(const error& why);
  actions retry_close();
  actions drain_timed_out(std::uint64_t serial);

  // -- reports from reader and writers
  // --------------------------------------------------------------

  void opened(const model_opened& m);
  void progressed(const read_progress& p);
  actions halted(const reading_halted& h, timestamp now);
  void settled(const batch_settled& b);
  actions writer_failed(const error& why, timestamp now);
  actions drained(const writer_drained& report, timestamp now);
  actions ledger_settled(std::uint64_t rows, timestamp now);
  /// The actor ended without having reported that it was done.
  actions reader_down(const error& why, timestamp now);
  actions writer_down(std::uint32_t writer, const error& why, timestamp now);

  // -- questions
  // ------------------------------------------------------------------------------------

  [[nodiscard]] connection_status status() const;
  [[nodiscard]] connection_state state() const;
  /// The record of a run that is current, last or postponed.
  [[nodiscard]] std::optional<run_record> find(const std::string& run) const;
  [[nodiscard]] const connection_memory& memory() const { return memory_; }

 private:
  enum class phase : std::uint8_t { recording, queued, moving, settling, closing };
  struct writer_share {
    std::uint64_t sent = 0;
    std::uint64_t settled = 0;
    bool over = false;
  };
  /// The run that is not over yet.
  struct current_run {
    run_record record;
    phase at = phase::recording;
    bool allow_deletes = false;
    bool stopping = false;   ///< reading was told to halt, whoever wanted it
    bool abandoned = false;  ///< the drain was given up
    bool reader_alive = false;
    bool reading_over = false;
    pass_end end = pass_end::cancelled;
    bool whole_source = true;           ///< see reading_halted
    std::optional<checkpoint> reached;  ///< see reading_halted
    std::vector<writer_share> writers;
    std::uint64_t unconfirmed = 0;  ///< of all writers; see writer_drained
    std::uint64_t settled_at_stop = 0;
    std::uint64_t batches_sent = 0;
    std::uint64_t batches_settled = 0;
  };
  struct postponed_start {
    start_options options;
    run_record record;
  };

  run_record new_record(const start_options& options, std::string run, timestamp now) const;
  actions begin(const start_options& options, std::string run, timestamp now);
  /// Halts the reader; the first error is the run's.
  void halt(actions& todo, const error& why);
  void abandon(actions& todo);
  /// Goes on to settling and closing once nothing moves any more.
  void advance(actions& todo, timestamp now);
  void close(actions& todo, timestamp now);
  /// What the run, ended as it is, has settled in the list of rejected rows.
  [[nodiscard]] settled_rows settles() const;
  void count_rest_undelivered(std::uint32_t writer);
  /// Says in the record how long the rest of the drain takes.
  void expect_drain();
  [[nodiscard]] std::uint64_t total_sent() const;
  [[nodiscard]] std::uint64_t total_settled() const;

  settings settings_;
  connection_memory memory_;
  std::optional<run_record> last_;
  std::optional<current_run> run_;
  std::deque<postponed_start> postponed_;
  bool mapping_changed_ = false;
  bool ending_ = false;
  std::uint64_t timer_serial_ = 0;
};

}  // namespace sluice::actors
