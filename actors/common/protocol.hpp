// What the actors of one process tell each other: messages that never leave the process, one
// sentence each.
//
// Read an interface as in messages/protocol.hpp, which has what shims and other nodes see.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/alert.hpp"
#include "messages/protocol.hpp"

namespace sluice::ledger {
class ledger;
}
namespace sluice::rowlog {
class row_log;
}
namespace sluice::config {
struct notify_config;
}
namespace sluice::alerts {
struct alert;
}

namespace sluice {
namespace actors {
struct run_services;
}

/// What a writer must know before the first batch.
struct rows_begin {
  run_id run;
  row_schema schema;
  /// Shared by the run's writers; never leaves the process.
  std::shared_ptr<ledger::ledger> ledger;
  /// The same; null if the connection keeps none.
  std::shared_ptr<rowlog::row_log> row_log = nullptr;
  bool in_detail = false;  ///< the row log has requests and answers, too
};

/// Another configuration of a connection, ready to run.
struct changed_connection {
  std::shared_ptr<const actors::run_services> services;  ///< never leaves the process
};

/// The endpoints to tell of a connection's runs.
struct alert_endpoints {
  /// Never leaves the process; null: nobody.
  std::shared_ptr<const std::vector<config::notify_config>> all;
};

/// One attempt at delivering an alert.
struct alert_attempt {
  std::shared_ptr<const alerts::alert> what;  ///< never leaves the process
  std::uint64_t dropped = 0;  ///< alerts before this one that the endpoint never got
};

}  // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::rows_begin)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::changed_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_endpoints)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_reply)

namespace sluice {

/// The CATALOG interface: the one actor that touches the catalog. Detached, since SQLite blocks.
using catalog_actor = caf::typed_actor<
    // From the node: what is known of a connection; of a new one only its name.
    caf::replies_to<load_atom, connection_name>::with<connection_entry>,
    // From a supervisor: record a new run, and the key of its start, durably, before anybody is
    // told its id.
    caf::replies_to<open_atom, run_record, connection_memory, start_once>::with<bool>,
    // From a supervisor: record the end of a run and what the next one will be, durably; answers
    // how many rejected rows are left without those that the run settled.
    caf::replies_to<close_atom, run_record, connection_memory, settled_rows>::with<row_count>,
    // From a supervisor: a run that was due was skipped, or a postponed one withdrawn; record the
    // run, the key of its start and that its due time is handled.
    caf::replies_to<skip_atom, run_record, connection_memory, start_once>::with<bool>,
    // From a supervisor, between runs: another state of the connection; durable.
    caf::replies_to<save_atom, connection_memory>::with<bool>,
    // From a supervisor: the same after the ledger was forgotten; the rejected rows go with it.
    caf::replies_to<forget_atom, connection_memory>::with<bool>,
    // From a supervisor, now and then: an active run as it is, and what the next one will be if the
    // node dies.
    caf::replies_to<update_atom, run_record, connection_memory>::with<bool>,
    // From a reader or a writer: these rows of a run were invalid or refused. The sender waits for
    // the reply, which says whether each row has its entry.
    caf::replies_to<reject_atom, connection_name, run_id, std::vector<rejected_row>>::with<bool>,
    // From a reader or a previewer: the deltas of a connection that are listed as refused.
    caf::replies_to<refused_atom, connection_name>::with<std::vector<refused_delta>>,
    // From a reader: the packed keys of the rejected rows of a connection, as far as known.
    caf::replies_to<keys_atom, connection_name>::with<std::vector<std::string>>,
    // From a reader, at the end of a complete pass: rows that this run would have offered again
    // just as they were refused, and did not: they stay listed.
    caf::replies_to<keep_atom, connection_name, run_id, std::vector<refused_delta>>::with<bool>,
    // From a supervisor: the runs that the command asks for, and the present state of those that
    // have not ended or not been recorded yet.
    caf::replies_to<command::runs, std::vector<run_record>>::with<run_list>,
    // From a supervisor: one run of a connection by its id.
    caf::replies_to<find_atom, connection_name, run_id>::with<run_record>,
    // From a supervisor: the start of a connection that is known by this key.
    caf::replies_to<find_atom, connection_name, start_once>::with<known_start>,
    // From a supervisor: the rejected rows that the command asks for, or their reasons.
    caf::replies_to<command::rejected>::with<rejected_list>,
    // From the history pruner: forget some of the entries that are too old at this time; answers
    // whether there are more.
    caf::replies_to<prune_atom, timestamp>::with<bool>>;

/// The HISTORY PRUNER interface: one per node.
using history_pruner_actor = caf::typed_actor<
    // INTERNAL: it is time to forget more.
    caf::reacts_to<next_atom>>;

/// The SLOTS interface: bounds the runs that are active on a node at a time; the run that became
/// due first goes first.
using slots_actor = caf::typed_actor<
    // From a supervisor: a slot for this run, and since when it is due; answered when a slot is
    // free. The slot of a holder that dies goes back by itself.
    caf::replies_to<acquire_atom, run_id, timestamp>::with<bool>,
    // From a supervisor: gives back the slot, or the place in the queue.
    caf::reacts_to<release_atom, run_id>>;

/// The SUPERVISOR interface: one per connection, lives as long as the connection is configured.
/// Takes the commands about the connection from the node.
using supervisor_actor = command::inner_interface<command::about_connections>::extend<
    // From the node: the configuration from the next run on; answers whether the present run was
    // stopped for that reason (another source, destination or key).
    caf::replies_to<reload_atom, changed_connection>::with<bool>,
    // From the succession: a run is due, since a connection that this one follows succeeded.
    caf::reacts_to<due_atom>,
    // From the node: stop as `stop` does, take no more runs, end when idle (true: abandon the
    // drain); answers at once whether a run was active.
    caf::replies_to<shutdown_atom, bool>::with<bool>,

    // From the reader: the model and the ledger are open.
    caf::reacts_to<model_opened>,
    // From the reader or a writer: what the run does from now on, and what it waits for.
    caf::reacts_to<run_phase, std::string>,
    // From the reader, when a batch has left: the counts.
    caf::reacts_to<read_progress>,
    // From the reader: no row will be read any more; its end markers have left for the writers.
    caf::reacts_to<reading_halted>,
    // From the reader, before its first delta leaves: how far the ledger has come. Answered once
    // that is recorded: from then on an older copy of the ledger would be noticed.
    caf::replies_to<save_atom, ledger_position>::with<bool>,
    // From the reader, last: the ledger is settled, its rows and how far it has come (true:
    // no further).
    caf::reacts_to<settle_atom, row_count, ledger_position, bool>,
    // From a writer: the fate of one batch, or of several that it delivered together.
    caf::reacts_to<batch_settled>,
    // From a writer: how many rows of the present delivery the destination has confirmed, counted
    // as if confirmed in order. The batch is settled later, with these rows among the others.
    caf::reacts_to<confirmed_atom, writer_number, operation_counts>,
    // From a writer: the destination as a whole failed; deltas that still come are counted
    // as undelivered.
    caf::reacts_to<failed_atom, writer_number, error>,
    // From a writer, last: the end marker arrived and everything before it is settled.
    caf::reacts_to<writer_drained>,

    // INTERNAL: a time-out; the number says which.
    caf::reacts_to<tick_atom, std::uint64_t>>;

/// The SUCCESSION interface: starts the connections that follow another one.
using succession_actor = caf::typed_actor<
    // From a supervisor: how a run ended.
    caf::reacts_to<ended_atom, run_record>,
    // From a supervisor: the connection whose success makes its runs due; an empty name: none.
    caf::reacts_to<follow_atom, connection_name>>;

/// The ALERTS interface: tells endpoints what became of runs. Never blocks.
using alerts_actor = caf::typed_actor<
    // From a supervisor: a run ended or was skipped; the endpoints that want to know are told.
    caf::reacts_to<ended_atom, run_ended, alert_endpoints>,
    // From the node, when no run is left: try each waiting alert once; answers within seconds how
    // many were not sent, and ends.
    caf::replies_to<shutdown_atom>::with<std::uint64_t>,
    // INTERNAL: time for the next attempt at an endpoint.
    caf::reacts_to<next_atom, std::string>,
    // INTERNAL: the end has taken long enough.
    caf::reacts_to<abandon_atom>>;

/// The ALERT POSTER interface: sends alerts to one endpoint. Detached, since libcurl blocks.
using alert_poster_actor = caf::typed_actor<
    // From alerts: make one attempt.
    caf::replies_to<alert_attempt>::with<alert_reply>>;

/// The READER interface: one pass over the source, for one run. Detached, since ODBC blocks.
using reader_actor = caf::typed_actor<
    // From a writer, before its first credit: the destination is open, and the rule by which it
    // tells rows apart (identity_rule::text).
    caf::reacts_to<open_atom, writer_number, std::string>,
    // From a writer: credit for so many more batches.
    caf::reacts_to<credit_atom, writer_number, std::uint32_t>,
    // From the supervisor, at high priority: read no further, send no further batch.
    caf::reacts_to<cancel_atom>,
    // From the supervisor, when all writers are drained: settle the ledger (true: merge it)
    // and end.
    caf::reacts_to<settle_atom, bool>,
    // INTERNAL: read the next block of rows.
    caf::reacts_to<next_atom>>;

/// The WRITER interface: delivers batches to the destination, for one run. Detached, since
/// destinations block.
using writer_actor = caf::typed_actor<
    // From the reader, first: what the rows look like. Opens the destination, then grants credit.
    caf::reacts_to<rows_begin>,
    // From the reader: apply one batch.
    caf::reacts_to<batch>,
    // From the reader, when everything sent is settled or put aside: hand out the deltas that the
    // writer has put aside.
    caf::replies_to<again_atom>::with<batch>,
    // From the reader, last: apply these deltas, which the writers had put aside, in any order.
    caf::reacts_to<again_atom, batch>,
    // From the reader, behind its last batch: no more rows; report and end. From the supervisor
    // only after the reader died, so that no batch can follow.
    caf::reacts_to<end_rows_atom, pass_end>,
    // From the supervisor, at high priority: deliver nothing more, count the rest as undelivered.
    caf::reacts_to<abandon_atom>,
    // INTERNAL: deliver the batches that arrived before this message.
    caf::reacts_to<next_atom>>;

/// The ROW LOG READER interface: one page of a row log. Detached, since the file system blocks.
using row_log_reader_actor = caf::typed_actor<
    // From the supervisor, once: the page of this run's log. The actor ends then.
    caf::replies_to<command::row_log, run_record>::with<row_log_page>>;

/// The PREVIEWER interface: what a run would do now. Detached, since ODBC blocks.
using previewer_actor = caf::typed_actor<
    // From the supervisor, once: the preview. The actor ends then.
    caf::replies_to<preview_atom>::with<preview_result>>;

}  // namespace sluice
