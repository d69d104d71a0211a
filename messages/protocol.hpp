// The whole protocol: every message that actors, shim and nodes exchange, one sentence each.
//
// Read an interface as: arguments -> reply. Every reply may also be an error of category "sluice"
// (see to_caf / to_error). Nothing here outlives a node's version: peers of another version are
// refused by `hello`.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/alert.hpp"
#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::ledger {
class ledger;
}
namespace sluice::rowlog {
class row_log;
}
namespace sluice::actors {
struct run_services;
}
namespace sluice::config {
struct notify_config;
}
namespace sluice::alerts {
struct alert;
}

namespace sluice {

/// What a writer must know before the first batch.
struct rows_begin {
  std::string run;
  row_schema schema;
  std::shared_ptr<ledger::ledger>
      ledger;  ///< shared by the run's writers; never leaves the process
  /// The same; nothing if the connection keeps none.
  std::shared_ptr<rowlog::row_log> row_log = nullptr;
};

/// Another configuration of a connection, ready to run.
struct changed_connection {
  std::shared_ptr<const actors::run_services> services;  ///< never leaves the process
};

/// Whom to tell of a connection's runs.
struct alert_endpoints {
  /// Never leaves the process; null: nobody.
  std::shared_ptr<const std::vector<config::notify_config>> all;
};

/// One attempt at delivering an alert.
struct alert_attempt {
  std::shared_ptr<const alerts::alert> what;  ///< never leaves the process
  std::uint64_t dropped = 0;  ///< alerts before it that the endpoint never got, for it to know
};

/// A CAF error that carries `e`, and back. `to_error` words CAF's own errors for people.
caf::error to_caf(const error& e);
error to_error(const caf::error& e, const std::string& operation);

// -- how the values cross a wire ------------------------------------------------------------------

namespace wire {

template <class T>
std::vector<T> from_optional(const std::optional<T>& x) {
  return x ? std::vector<T>{*x} : std::vector<T>{};
}
template <class T>
std::optional<T> to_optional(std::vector<T>& x) {
  return x.empty() ? std::optional<T>{} : std::optional<T>{std::move(x.front())};
}
inline std::int64_t from_time(timestamp t) { return t.time_since_epoch().count(); }
inline timestamp to_time(std::int64_t ms) { return timestamp{std::chrono::milliseconds{ms}}; }
inline std::vector<std::int64_t> from_times(const std::optional<timestamp>& t) {
  return t ? std::vector<std::int64_t>{from_time(*t)} : std::vector<std::int64_t>{};
}
inline std::optional<timestamp> to_times(const std::vector<std::int64_t>& x) {
  return x.empty() ? std::optional<timestamp>{} : to_time(x.front());
}

}  // namespace wire

template <class F>
typename F::result_type inspect(F& f, error& x) {
  return f(caf::meta::type_name("sluice::error"), x.code, x.operation, x.object, x.cause, x.hint);
}
template <class F>
typename F::result_type inspect(F& f, field& x) {
  return f(x.path, x.kind, x.column, x.omit_null, x.declared);
}
template <class F>
typename F::result_type inspect(F& f, refused_delta& x) {
  return f(x.op, x.key_hash.high, x.key_hash.low, x.fingerprint.high, x.fingerprint.low);
}
template <class F>
typename F::result_type inspect(F& f, row_schema& x) {
  return f(x.fields, x.keys);
}
template <class F>
typename F::result_type inspect(F& f, run_counters& x) {
  return f(x.read, x.unchanged, x.invalid, x.inserts, x.updates, x.deletes, x.delivered, x.rejected,
           x.undelivered);
}
template <class F>
typename F::result_type inspect(F& f, run_record& x) {
  auto continues = wire::from_optional(x.continues);
  auto started = wire::from_time(x.started_at);
  auto stop = wire::from_times(x.stop_requested_at);
  auto halted = wire::from_times(x.reading_halted_at);
  auto finished = wire::from_times(x.finished_at);
  auto in_flight = wire::from_optional(x.in_flight_at_stop);
  auto drain = wire::from_optional(x.drain_expected_ms);
  // A number: of a list of enumerators GCC 12 says that one may be uninitialised.
  std::vector<std::uint32_t> phase;
  if (x.phase) phase.push_back(static_cast<std::uint32_t>(*x.phase));
  const auto load = [&]() -> caf::error {
    x.continues = wire::to_optional(continues);
    x.started_at = wire::to_time(started);
    x.stop_requested_at = wire::to_times(stop);
    x.reading_halted_at = wire::to_times(halted);
    x.finished_at = wire::to_times(finished);
    x.in_flight_at_stop = wire::to_optional(in_flight);
    x.drain_expected_ms = wire::to_optional(drain);
    x.phase.reset();
    if (!phase.empty()) x.phase = static_cast<run_phase>(phase.front());
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::run_record"), x.run, x.connection, x.type, x.trigger,
           x.state, x.mode, x.epoch, continues, started, stop, halted, finished, x.counters,
           in_flight, drain, x.failed, x.warnings, x.reason, x.requested_by, x.stopped_by, phase,
           x.waiting_for, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, rejected_row& x) {
  auto first = wire::from_time(x.first_at);
  auto last = wire::from_time(x.last_at);
  auto status = wire::from_optional(x.status);
  auto refused = wire::from_optional(x.refused);
  const auto load = [&]() -> caf::error {
    x.first_at = wire::to_time(first);
    x.last_at = wire::to_time(last);
    x.status = wire::to_optional(status);
    x.refused = wire::to_optional(refused);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::rejected_row"), x.key, x.operation, x.reason, x.attempts,
           first, last, status, refused, x.packed_key, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, connection_status& x) {
  auto run = wire::from_optional(x.run);
  auto next = wire::from_times(x.next_run_at);
  const auto load = [&]() -> caf::error {
    x.run = wire::to_optional(run);
    x.next_run_at = wire::to_times(next);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::connection_status"), x.connection, x.state, x.mode, run,
           x.next_type, x.next_reason, next, x.rejected_rows, x.ledger_rows, x.in_flight_batches,
           x.waiting_for_slot, x.node, x.enabled, x.leaving, x.continues, x.waiting_for,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, start_options& x) {
  return f(caf::meta::type_name("sluice::start_options"), x.full, x.wait, x.allow_deletes,
           x.assume_synced, x.trigger, x.requested_by);
}
template <class F>
typename F::result_type inspect(F& f, stop_options& x) {
  return f(caf::meta::type_name("sluice::stop_options"), x.abandon, x.requested_by);
}
template <class F>
typename F::result_type inspect(F& f, node_info& x) {
  return f(caf::meta::type_name("sluice::node_info"), x.name, x.version, x.pid, x.ending);
}
template <class F>
typename F::result_type inspect(F& f, ledger_position& x) {
  return f(caf::meta::type_name("sluice::ledger_position"), x.history, x.sequence);
}
template <class F>
typename F::result_type inspect(F& f, ledger_trace& x) {
  auto at = wire::from_optional(x.at);
  auto copied = wire::from_times(x.copied_at);
  const auto load = [&]() -> caf::error {
    x.at = wire::to_optional(at);
    x.copied_at = wire::to_times(copied);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::ledger_trace"), at, x.settled, copied, x.lacks,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, model_opened& x) {
  return f(caf::meta::type_name("sluice::model_opened"), x.type, x.epoch, x.warnings, x.ledger,
           x.reason, x.whole_source, x.lacks, x.left_over);
}
template <class F>
typename F::result_type inspect(F& f, read_progress& x) {
  return f(caf::meta::type_name("sluice::read_progress"), x.counters, x.sent, x.batches);
}
template <class F>
typename F::result_type inspect(F& f, checkpoint& x) {
  return f(caf::meta::type_name("sluice::checkpoint"), x.column, x.value);
}
template <class F>
typename F::result_type inspect(F& f, reading_halted& x) {
  auto at = wire::from_time(x.at);
  auto reached = wire::from_optional(x.reached);
  const auto load = [&]() -> caf::error {
    x.at = wire::to_time(at);
    x.reached = wire::to_optional(reached);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::reading_halted"), x.end, at, x.total, x.failed, x.warnings,
           reached, x.whole_source, x.all_listed, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, batch_settled& x) {
  auto rows = wire::from_optional(x.ledger_rows);
  auto ask_again = wire::from_times(x.ask_again_at);
  const auto load = [&]() -> caf::error {
    x.ledger_rows = wire::to_optional(rows);
    x.ask_again_at = wire::to_times(ask_again);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::batch_settled"), x.writer, x.batches, x.delivered,
           x.rejected, x.undelivered, rows, x.ledger, x.refused_for, ask_again,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, writer_drained& x) {
  return f(caf::meta::type_name("sluice::writer_drained"), x.writer, x.warnings, x.unconfirmed,
           x.all_listed);
}
template <class F>
typename F::result_type inspect(F& f, connection_memory& x) {
  auto continues = wire::from_optional(x.continues);
  auto read_to = wire::from_optional(x.read_to);
  auto handled = wire::from_times(x.due_handled);
  const auto load = [&]() -> caf::error {
    x.continues = wire::to_optional(continues);
    x.read_to = wire::to_optional(read_to);
    x.due_handled = wire::to_times(handled);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::connection_memory"), x.connection, x.enabled, x.next_type,
           x.epoch, continues, x.mapping_identity, x.ledger_rows, x.assume_synced, read_to, handled,
           x.ledger_identity, x.ledger, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, connection_entry& x) {
  auto last = wire::from_optional(x.last_run);
  const auto load = [&]() -> caf::error {
    x.last_run = wire::to_optional(last);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::connection_entry"), x.memory, last, x.rejected_rows,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, run_ended& x) {
  auto before = wire::from_optional(x.before);
  auto late = wire::from_optional(x.late_ms);
  const auto load = [&]() -> caf::error {
    x.before = wire::to_optional(before);
    x.late_ms = wire::to_optional(late);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::run_ended"), x.run, x.recovered, before, late, x.was_late,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, preview_options& x) {
  return f(caf::meta::type_name("sluice::preview_options"), x.full, x.samples);
}
template <class F>
typename F::result_type inspect(F& f, preview_sample& x) {
  return f(caf::meta::type_name("sluice::preview_sample"), x.operation, x.key, x.rendered,
           x.reason);
}
template <class F>
typename F::result_type inspect(F& f, preview_result& x) {
  return f(caf::meta::type_name("sluice::preview_result"), x.connection, x.type, x.reason, x.mode,
           x.counters, x.rejected_retried, x.samples, x.warnings, x.guarded);
}
template <class F>
typename F::result_type inspect(F& f, reload_report& x) {
  return f(caf::meta::type_name("sluice::reload_report"), x.problems, x.added, x.removed, x.changed,
           x.restarting, x.unchanged, x.warnings);
}

}  // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::rows_begin)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::changed_connection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_endpoints)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::alert_reply)

CAF_BEGIN_TYPE_ID_BLOCK(sluice, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(sluice, (sluice::error))
CAF_ADD_TYPE_ID(sluice, (sluice::batch))
CAF_ADD_TYPE_ID(sluice, (sluice::run_record))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::run_record>))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_status))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::connection_status>))
CAF_ADD_TYPE_ID(sluice, (sluice::rejected_row))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::rejected_row>))
CAF_ADD_TYPE_ID(sluice, (std::vector<sluice::refused_delta>))
CAF_ADD_TYPE_ID(sluice, (sluice::start_options))
CAF_ADD_TYPE_ID(sluice, (sluice::stop_options))
CAF_ADD_TYPE_ID(sluice, (sluice::run_phase))
CAF_ADD_TYPE_ID(sluice, (sluice::node_info))
CAF_ADD_TYPE_ID(sluice, (sluice::rows_begin))
CAF_ADD_TYPE_ID(sluice, (sluice::pass_end))
CAF_ADD_TYPE_ID(sluice, (sluice::model_opened))
CAF_ADD_TYPE_ID(sluice, (sluice::ledger_position))
CAF_ADD_TYPE_ID(sluice, (sluice::read_progress))
CAF_ADD_TYPE_ID(sluice, (sluice::reading_halted))
CAF_ADD_TYPE_ID(sluice, (sluice::batch_settled))
CAF_ADD_TYPE_ID(sluice, (sluice::writer_drained))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_memory))
CAF_ADD_TYPE_ID(sluice, (sluice::connection_entry))
CAF_ADD_TYPE_ID(sluice, (sluice::settled_rows))
CAF_ADD_TYPE_ID(sluice, (sluice::run_ended))
CAF_ADD_TYPE_ID(sluice, (sluice::changed_connection))
CAF_ADD_TYPE_ID(sluice, (sluice::preview_options))
CAF_ADD_TYPE_ID(sluice, (sluice::preview_result))
CAF_ADD_TYPE_ID(sluice, (sluice::reload_report))
CAF_ADD_TYPE_ID(sluice, (sluice::alert_endpoints))
CAF_ADD_TYPE_ID(sluice, (sluice::alert_attempt))
CAF_ADD_TYPE_ID(sluice, (sluice::alert_reply))

// Commands, from a shim, a scheduler or another node.
CAF_ADD_ATOM(sluice, sluice, hello_atom, "hello")
CAF_ADD_ATOM(sluice, sluice, list_atom, "list")
CAF_ADD_ATOM(sluice, sluice, start_atom, "start")
CAF_ADD_ATOM(sluice, sluice, stop_atom, "stop")
CAF_ADD_ATOM(sluice, sluice, await_atom, "await")
CAF_ADD_ATOM(sluice, sluice, status_atom, "status")
CAF_ADD_ATOM(sluice, sluice, runs_atom, "runs")
CAF_ADD_ATOM(sluice, sluice, rejected_atom, "rejected")
CAF_ADD_ATOM(sluice, sluice, shutdown_atom, "shutdown")
CAF_ADD_ATOM(sluice, sluice, enable_atom, "enable")
CAF_ADD_ATOM(sluice, sluice, reset_atom, "reset")
CAF_ADD_ATOM(sluice, sluice, preview_atom, "preview")
CAF_ADD_ATOM(sluice, sluice, reload_atom, "reload")

// Within a run.
CAF_ADD_ATOM(sluice, sluice, open_atom, "open")
CAF_ADD_ATOM(sluice, sluice, credit_atom, "credit")
CAF_ADD_ATOM(sluice, sluice, next_atom, "next")
CAF_ADD_ATOM(sluice, sluice, cancel_atom, "cancel")
CAF_ADD_ATOM(sluice, sluice, end_rows_atom, "end_rows")
CAF_ADD_ATOM(sluice, sluice, abandon_atom, "abandon")
CAF_ADD_ATOM(sluice, sluice, failed_atom, "failed")
CAF_ADD_ATOM(sluice, sluice, settle_atom, "settle")
CAF_ADD_ATOM(sluice, sluice, again_atom, "again")

// Housekeeping inside a node.
CAF_ADD_ATOM(sluice, sluice, find_atom, "find")
CAF_ADD_ATOM(sluice, sluice, close_atom, "close")
CAF_ADD_ATOM(sluice, sluice, update_atom, "update")
CAF_ADD_ATOM(sluice, sluice, reject_atom, "reject")
CAF_ADD_ATOM(sluice, sluice, refused_atom, "refused")
CAF_ADD_ATOM(sluice, sluice, keep_atom, "keep")
CAF_ADD_ATOM(sluice, sluice, tick_atom, "tick")
CAF_ADD_ATOM(sluice, sluice, acquire_atom, "acquire")
CAF_ADD_ATOM(sluice, sluice, release_atom, "release")
CAF_ADD_ATOM(sluice, sluice, skip_atom, "skip")
CAF_ADD_ATOM(sluice, sluice, save_atom, "save")
CAF_ADD_ATOM(sluice, sluice, forget_atom, "forget")
CAF_ADD_ATOM(sluice, sluice, keys_atom, "keys")
CAF_ADD_ATOM(sluice, sluice, due_atom, "due")
CAF_ADD_ATOM(sluice, sluice, ended_atom, "ended")
CAF_ADD_ATOM(sluice, sluice, follow_atom, "follow")
CAF_ADD_ATOM(sluice, sluice, load_atom, "load")
CAF_ADD_ATOM(sluice, sluice, prune_atom, "prune")
CAF_END_TYPE_ID_BLOCK(sluice)

namespace sluice {

/// Registers types and the error category; every actor system of this project starts with it.
void configure_protocol(caf::actor_system_config& config);

/// The CATALOG interface: the one actor that touches the catalog. Detached: it blocks in ODBC.
using catalog_actor = caf::typed_actor<
    // From the node: what is known of a connection; one that is new is empty but for its name.
    caf::replies_to<load_atom, std::string>::with<connection_entry>,
    // From a supervisor: record a new run, durably, before anybody is told its id.
    caf::replies_to<open_atom, run_record, connection_memory>::with<bool>,
    // From a supervisor: record the end of a run and what the next one will be, durably; answers
    // how many rejected rows are left once those that the run settled have gone.
    caf::replies_to<close_atom, run_record, connection_memory, settled_rows>::with<std::uint64_t>,
    // From a supervisor: a run that was due was skipped; record it and that its time is taken care
    // of.
    caf::replies_to<skip_atom, run_record, connection_memory>::with<bool>,
    // From a supervisor: between runs, another state of the connection; durable.
    caf::replies_to<save_atom, connection_memory>::with<bool>,
    // From a supervisor: the same after the ledger was forgotten; the rejected rows go with it.
    caf::replies_to<forget_atom, connection_memory>::with<bool>,
    // From a supervisor, now and then: an active run as it is, and what the next one will be if the
    // node dies.
    caf::replies_to<update_atom, run_record, connection_memory>::with<bool>,
    // From a reader or a writer: these rows of a run were invalid or refused. They
    // wait for the reply, which says whether each has its place in the list.
    caf::replies_to<reject_atom, std::string, std::string, std::vector<rejected_row>>::with<bool>,
    // From a reader or a previewer: the deltas of a connection that are listed as refused.
    caf::replies_to<refused_atom, std::string>::with<std::vector<refused_delta>>,
    // From a reader: the packed keys of the rejected rows of a connection, as far as they are
    // known.
    caf::replies_to<keys_atom, std::string>::with<std::vector<std::string>>,
    // From a reader, at the end of a complete pass: this run would have offered these again as they
    // were refused, and did not, so they stay listed.
    caf::replies_to<keep_atom, std::string, std::string, std::vector<refused_delta>>::with<bool>,
    // From a supervisor: runs of a connection, newest first, those before the given one only (if
    // it is not empty); `most_runs_listed` at the most.
    caf::replies_to<runs_atom, std::string, std::uint32_t,
                    std::string>::with<std::vector<run_record>>,
    // From a supervisor: one run of a connection by its id.
    caf::replies_to<find_atom, std::string, std::string>::with<run_record>,
    // From a supervisor: the rejected rows of a connection, the latest first.
    caf::replies_to<rejected_atom, std::string, std::uint32_t>::with<std::vector<rejected_row>>,
    // From the history pruner: forget a piece of what is too old at this time; answers whether
    // there is more.
    caf::replies_to<prune_atom, std::int64_t>::with<bool>>;

/// The HISTORY PRUNER interface: one per node.
using history_pruner_actor = caf::typed_actor<
    // INTERNAL: it is time for another piece.
    caf::reacts_to<next_atom>>;

/// The SLOTS interface: bounds the runs that are active on a node at a time; whoever became due
/// first goes first.
using slots_actor = caf::typed_actor<
    // From a supervisor: answered when a slot is free for this run, which became due then. A slot
    // goes back by itself when its holder dies.
    caf::replies_to<acquire_atom, std::string, std::int64_t>::with<bool>,
    // From a supervisor: gives back its slot, or its place in the queue.
    caf::reacts_to<release_atom, std::string>>;

/// The SUPERVISOR interface: one per connection, lives as long as the connection is configured.
using supervisor_actor = caf::typed_actor<
    // From the node: start a run; answers its record, `postponed` if it waits for the present one.
    caf::replies_to<start_atom, start_options>::with<run_record>,
    // From the node: halt reading and drain; answers the record as it is.
    caf::replies_to<stop_atom, stop_options>::with<run_record>,
    // From the node: answers when that run has ended, at the latest after so many
    // milliseconds.
    caf::replies_to<await_atom, std::string, std::uint32_t>::with<run_record>,
    // From the node: the state of the connection.
    caf::replies_to<status_atom>::with<connection_status>,
    // From the node: history, newest first, those before the given run only (if it is not empty).
    caf::replies_to<runs_atom, std::uint32_t, std::string>::with<std::vector<run_record>>,
    // From the node: rejected rows, the latest first.
    caf::replies_to<rejected_atom, std::uint32_t>::with<std::vector<rejected_row>>,
    // From the node: true: take runs again; false: stop as `stop` does and take no more. Answers
    // once that is durable, while a run may still drain.
    caf::replies_to<enable_atom, bool>::with<connection_status>,
    // From the node: forget the ledger; the next run is full. Refused while a run is active.
    caf::replies_to<reset_atom>::with<connection_status>,
    // From the node: be configured like this from the next run on; answers whether the present run
    // was stopped for that (another source, destination or key).
    caf::replies_to<reload_atom, changed_connection>::with<bool>,
    // From the node: what a run would do now; it moves nothing. Interrupted when the asker goes.
    caf::replies_to<preview_atom, preview_options>::with<preview_result>,
    // From the succession: a run is due, since a connection that this one follows succeeded.
    caf::reacts_to<due_atom>,
    // From the node: stop as `stop` does, take no more runs, go when idle (true:
    // abandon the drain); answers at once whether a run was active.
    caf::replies_to<shutdown_atom, bool>::with<bool>,

    // From the reader: the model and the ledger are open.
    caf::reacts_to<model_opened>,
    // From the reader or a writer: what the run does from now on, and for what it waits.
    caf::reacts_to<run_phase, std::string>,
    // From the reader: a batch has left, these are the counts now.
    caf::reacts_to<read_progress>,
    // From the reader: no row will be read any more; its end markers have left for the writers.
    caf::reacts_to<reading_halted>,
    // From the reader, before the first delta leaves it: the ledger has come so far. Answered once
    // that is recorded: from then on an older copy in its place would be noticed.
    caf::replies_to<save_atom, ledger_position>::with<bool>,
    // From the reader: the ledger is settled, holds so many rows and has come so far (true: no
    // further); the reader is gone.
    caf::reacts_to<settle_atom, std::uint64_t, ledger_position, bool>,
    // From a writer: the fate of one batch, or of several that it delivered together.
    caf::reacts_to<batch_settled>,
    // From a writer: the destination as a whole failed; what still comes is counted undelivered.
    caf::reacts_to<failed_atom, std::uint32_t, error>,
    // From a writer: the end marker arrived and everything before it is settled; the writer
    // is gone.
    caf::reacts_to<writer_drained>,

    // INTERNAL: a time-out; the number says which.
    caf::reacts_to<tick_atom, std::uint64_t>>;

/// The SUCCESSION interface: starts the connections that follow another one.
using succession_actor = caf::typed_actor<
    // From a supervisor: so ended a run.
    caf::reacts_to<ended_atom, run_record>,
    // From a supervisor: its runs are due whenever one of this connection has succeeded; of none,
    // if the name is empty.
    caf::reacts_to<follow_atom, std::string>>;

/// The ALERTS interface: tells endpoints what became of runs. Never blocks.
using alerts_actor = caf::typed_actor<
    // From a supervisor: a run ended or was skipped; those of these endpoints that want to know are
    // told.
    caf::reacts_to<ended_atom, run_ended, alert_endpoints>,
    // From the node, when nothing else can end any more: what waits is tried once; answers within
    // seconds how many alerts were not sent, and the actor is gone.
    caf::replies_to<shutdown_atom>::with<std::uint64_t>,
    // INTERNAL: time for the next attempt at an endpoint.
    caf::reacts_to<next_atom, std::string>,
    // INTERNAL: the end has taken long enough.
    caf::reacts_to<abandon_atom>>;

/// The ALERT POSTER interface: sends alerts to one endpoint. Detached: it blocks in libcurl.
using alert_poster_actor = caf::typed_actor<
    // From alerts: make one attempt.
    caf::replies_to<alert_attempt>::with<alert_reply>>;

/// The READER interface: one pass over the source, for one run. Detached: it blocks in ODBC.
using reader_actor = caf::typed_actor<
    // From a writer, before its first credit: its destination is open and tells rows apart by this
    // rule (identity_rule::text).
    caf::reacts_to<open_atom, std::uint32_t, std::string>,
    // From a writer: it can take so many more batches.
    caf::reacts_to<credit_atom, std::uint32_t, std::uint32_t>,
    // From the supervisor, at high priority: read no further, send no further batch.
    caf::reacts_to<cancel_atom>,
    // From the supervisor, when all writers are drained: settle the ledger (true: merge it) and go.
    caf::reacts_to<settle_atom, bool>,
    // INTERNAL: read the next block of rows.
    caf::reacts_to<next_atom>>;

/// The WRITER interface: delivers batches to the destination, for one run. Detached: it
/// blocks there.
using writer_actor = caf::typed_actor<
    // From the reader, first: what the rows look like. Opens the destination, then grants credit.
    caf::reacts_to<rows_begin>,
    // From the reader: apply one batch.
    caf::reacts_to<batch>,
    // From the reader, when everything that it sent is settled or put aside: answers the deltas
    // that the writer has put aside, which are not its own any more.
    caf::replies_to<again_atom>::with<batch>,
    // From the reader, last: apply these deltas, which the writers had put aside, in any order.
    caf::reacts_to<again_atom, batch>,
    // From the reader, behind its last batch: no more rows; report and go. From the supervisor only
    // after the reader died, so that nothing can be behind it.
    caf::reacts_to<end_rows_atom, pass_end>,
    // From the supervisor, at high priority: deliver nothing more, count it undelivered.
    caf::reacts_to<abandon_atom>,
    // INTERNAL: deliver the batches that arrived before this.
    caf::reacts_to<next_atom>>;

/// The PREVIEWER interface: what a run would do now. Detached: it blocks in ODBC.
using previewer_actor = caf::typed_actor<
    // From the supervisor, once: the preview; it goes then.
    caf::replies_to<preview_atom>::with<preview_result>>;

/// The NODE interface: one per process; the only actor that shims and other nodes see. Messages
/// that name a connection first are the supervisor's messages of the same name.
using node_actor = caf::typed_actor<
    // First message of every peer, with its version: who is there; another version is refused.
    caf::replies_to<hello_atom, std::string>::with<node_info>,
    // Every connection, sorted by name.
    caf::replies_to<list_atom>::with<std::vector<connection_status>>,
    caf::replies_to<start_atom, std::string, start_options>::with<run_record>,
    caf::replies_to<stop_atom, std::string, stop_options>::with<run_record>,
    caf::replies_to<await_atom, std::string, std::string, std::uint32_t>::with<run_record>,
    caf::replies_to<status_atom, std::string>::with<connection_status>,
    caf::replies_to<runs_atom, std::string, std::uint32_t,
                    std::string>::with<std::vector<run_record>>,
    caf::replies_to<rejected_atom, std::string, std::uint32_t>::with<std::vector<rejected_row>>,
    caf::replies_to<enable_atom, std::string, bool>::with<connection_status>,
    caf::replies_to<reset_atom, std::string>::with<connection_status>,
    caf::replies_to<preview_atom, std::string, preview_options>::with<preview_result>,
    // Reads the configuration again and applies what changed; nothing if it has problems.
    caf::replies_to<reload_atom>::with<reload_report>,
    // Drains every connection (true: abandons the drains), then ends the node; answers the number
    // of connections that were active.
    caf::replies_to<shutdown_atom, bool>::with<std::uint32_t>>;

}  // namespace sluice

CAF_ERROR_CODE_ENUM(sluice::errc, "sluice")
