// Reads the model of one run, compares it with the ledger and sends the deltas to the writers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/common/protocol.hpp"
#include "actors/run/digest_pass.hpp"
#include "actors/run/in_flight.hpp"
#include "actors/run/open_pass.hpp"
#include "actors/run/run_services.hpp"

namespace sluice::actors {

/// The arguments of a reader.
struct reader_args {
  std::shared_ptr<const run_services> services;
  run_record run;
  bool allow_deletes = false;
  bool assume_synced = false;  ///< a full run records rows as acknowledged and sends none
  std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: how far earlier runs read
  ledger_trace known = {};                           ///< the catalog's record of the ledger
  row_choice rows = {};
  supervisor_actor supervisor;
  catalog_actor catalog;
  std::vector<writer_actor> writers;  ///< by number
  std::stop_token stop;               ///< interrupts a blocked read
  std::shared_ptr<const void> alive;  ///< held until the reader has released everything
};

struct reader_state {
  static inline const char* name = "reader";

  /// The phase of the pass. Each `next` message does one step, so that a cancel is handled between
  /// two steps.
  enum class phase : std::uint8_t {
    opening,      ///< ledger and model
    destination,  ///< the writers open it; one reports how it identifies rows
    asking,       ///< the catalog for rejected rows
    rows,         ///< a block of rows at a time
    upserts,      ///< all rows read; the writers still work on inserts and updates
    deletes,      ///< some vanished rows at a time
    draining,     ///< all deltas sent; the writers still work on them
    again,        ///< rows that the writers had put aside are collected and sent again
    finished,     ///< halted
  };

  reader_actor::pointer self = nullptr;
  reader_args args;
  phase at = phase::opening;
  bool waiting_for_credit = false;
  /// Whether the catalog has recorded the ledger's position, which must happen before the first
  /// delta is sent.
  enum class mark_state : std::uint8_t { wanted, asked, recorded } mark = mark_state::wanted;
  std::vector<std::uint32_t> credit;  ///< by writer: batches that it can take
  std::vector<in_flight> held;        ///< by writer: its unsettled batches
  std::vector<std::uint32_t> window;  ///< by writer: its credit when nothing is unsettled
  std::uint64_t batches_sent = 0;
  source::starting_point from;  ///< where the pass begins
  bool all_listed = true;       ///< as in `reading_halted`
  /// From the catalog before reading begins, from the writers afterwards.
  unsigned answers_due = 0;
  batch aside;                          ///< the rows that the writers had put aside
  std::vector<std::uint64_t> returned;  ///< by writer: its rows among them
  /// By writer: deltas that it got from other writers or gave away.
  std::vector<std::int64_t> moved;
  error guarded;                         ///< why deletes are held back, if they are
  std::vector<std::string> warnings;     ///< for the run's record
  std::optional<timestamp> left_source;  ///< when the last row was read
  std::shared_ptr<ledger::ledger> ledger;
  std::shared_ptr<rowlog::row_log> row_log;  ///< nothing if the connection keeps none
  pass_terms terms;
  std::optional<open_source> opened;      ///< until the pass has it
  std::optional<identity_rule> identity;  ///< the destination's rule; see `identified`
  std::unique_ptr<digest_pass> digests;   ///< where changes are detected by them
  std::unique_ptr<open_pass> pass;
  std::chrono::steady_clock::time_point last_report;

  void step();
  /// The destination of a writer is open; the pass begins when the first one is.
  void identified(const std::string& rule);
  void granted(writer_number writer, std::uint32_t batches);
  void halt(pass_end end, error why = {});
  /// Reads no further and sends nothing more, on request.
  void cancel();
  void settle(bool merge);
  void go_on() { self->send(self, next_atom_v); }

 private:
  void open();
  /// Sets a ledger aside that is not this connection's, and begins the epoch of the pass.
  void adopt_ledger(ledger_finding found);
  /// Makes the ledger identify rows as the destination does, and creates the pass over it.
  void prepare_pass();
  /// Asks the catalog for rejected rows; the pass goes on with the answer.
  void ask_rejected();
  /// Has only the chosen rows read.
  void choose_rows();
  /// Deletes the chosen rows of a mirror that the source has no more.
  void delete_chosen();
  void begin_reading();
  /// Asks for digests, where changes are detected by them. False if no row has to be read.
  bool compare_digests();
  void read_block();
  void begin_deletes();
  /// Asks for deltas that need not be offered again. Does not ask if everything is offered.
  void ask_refused();
  /// Asks for rows that are read although the cursor has passed them. Does not ask in a pass over
  /// the whole source.
  void ask_keys();
  /// Sends the catalog one of the questions before reading; `take` gets the answer.
  template <class Answer, class Atom, class Take>
  void ask(Atom question, const char* operation, Take take);
  /// Asks the writers for the rows that they put aside, once everything else is settled.
  void collect_aside();
  /// Sends these rows to one writer, which finds an order in which they fit, and completes the
  /// pass.
  void send_aside();
  /// Everything that the pass found has been sent.
  [[nodiscard]] bool sent_everything() const { return at == phase::draining || at == phase::again; }
  /// Leaves the source and waits for the writers.
  void drain();
  /// Ends a pass that has sent everything.
  void end();
  /// Halts after a complete pass, once the catalog knows which refused rows were not offered.
  void complete();
  /// Sends batches as far as there is credit. False if batches are left over.
  bool send_batches();
  /// Has the catalog record the ledger's position; the pass goes on when it has. False until then.
  bool record_mark();
  [[nodiscard]] bool assuming() const { return args.assume_synced && terms.type == run_type::full; }
  /// Records complete batches as acknowledged instead of sending them.
  void assume_batches();
  [[nodiscard]] bool all_settled() const { return credit == window; }
  [[nodiscard]] read_progress progress() const;
  void report_progress();
  /// Lists invalid rows in the catalog; the pass goes on when it answers. False if there are none.
  bool list_invalid();
};

reader_actor::behavior_type reader(reader_actor::stateful_pointer<reader_state> self,
                                   reader_args args);

}  // namespace sluice::actors
