// Delivers the batches of one run to the destination, in the order in which they arrive.
#pragma once

#include <memory>
#include <stop_token>

#include "actors/common/protocol.hpp"
#include "actors/run/group_limit.hpp"
#include "actors/run/put_aside.hpp"
#include "actors/run/run_services.hpp"
#include "runtime/destinations/renderer.hpp"

namespace sluice::actors {

/// The arguments of a writer.
struct writer_args {
  std::shared_ptr<const run_services> services;
  writer_number number{};  ///< names it in its reports and in the reader's credit
  supervisor_actor supervisor;
  catalog_actor catalog;
  std::stop_token stop;  ///< requested when the drain is abandoned: interrupts a blocked delivery
  std::shared_ptr<const void> alive;  ///< held until the writer has released everything
};

struct writer_state {
  static inline const char* name = "writer";

  writer_actor::pointer self = nullptr;
  writer_args args;
  run_id run;
  row_schema schema;
  reader_actor reader;
  std::shared_ptr<ledger::ledger> ledger;
  std::shared_ptr<rowlog::row_log> row_log;  ///< nothing if the connection keeps none
  std::unique_ptr<destinations::destination> destination;
  destinations::renderer render;  ///< what is sent, for the row log; empty unless it is wanted
  bool giving_up = false;         ///< abandoned or failed: later batches are undelivered
  batch group;                    ///< batches that are delivered together, in their order
  std::uint32_t batches = 0;      ///< in `group`
  bool group_closing = false;     ///< a `next` message was sent, behind the waiting batches
  group_limit limit{1};
  put_aside aside;
  std::uint64_t put_aside_last = 0;       ///< rows of the last delivery
  const batch* at_destination = nullptr;  ///< what it delivers at present
  std::uint64_t unconfirmed = 0;          ///< as in `writer_drained`
  timestamp last_confirmed{};  ///< the last report to the supervisor in the middle of a batch
  bool all_listed = true;      ///< as in `writer_drained`

  void begin(const rows_begin& b);
  /// Adds a batch to the group, and delivers the group if it is full.
  void take(const batch& deltas);
  void deliver_group();
  /// Delivers the rows that the writers of the run had put aside; puts nothing aside any more.
  void deliver_again(const batch& deltas);
  void end_of_rows(pass_end end);
  void finish();
  void fail(const error& why);

 private:
  using delivery_function = batch_outcome (destinations::destination::*)(const batch&);
  /// Delivers `deltas` by calling `how`, records their fates, and settles them.
  void deliver(const batch& deltas, std::uint32_t batches_settled, delivery_function how);
  /// Reports to the supervisor, from time to time, how many rows of the present batch are
  /// delivered.
  void confirmed(row_count rows);
  /// Records the intent, delivers, and records the outcome.
  batch_outcome deliver_on_record(const batch& deltas, delivery_function how, fate& unrecorded);
  /// Writes what became of the rows into the row log.
  void note(const batch& deltas, const batch_outcome& outcome, fate unrecorded);
  /// Settles the rows put aside as rejected.
  void reject_aside();
  /// Reports the batches to the supervisor and lets the reader send as many others.
  void settle(batch_settled report);
  /// Lists the refused rows in the catalog, then settles: a slow catalog slows the writer down
  /// instead of filling a mailbox.
  void reject_then_settle(const batch& deltas, const batch_outcome& outcome,
                          const batch_settled& report);
};

writer_actor::behavior_type writer(writer_actor::stateful_pointer<writer_state> self,
                                   writer_args args);

}  // namespace sluice::actors
