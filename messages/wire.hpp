// How the values of messages cross a wire: what CAF writes and reads of each.
#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "messages/console.hpp"
#include "messages/credential.hpp"
#include "messages/error.hpp"
#include "messages/queries.hpp"
#include "messages/row_log.hpp"
#include "messages/row_schema.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "messages/timestamp.hpp"

namespace sluice {

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
/// Durations travel as counts: CAF 0.17 reads the elements of a list of durations into variables
/// without a value, of which GCC 12 warns.
inline std::vector<std::int64_t> from_spans(const std::optional<std::chrono::milliseconds>& x) {
  return x ? std::vector<std::int64_t>{x->count()} : std::vector<std::int64_t>{};
}
inline std::optional<std::chrono::milliseconds> to_spans(const std::vector<std::int64_t>& x) {
  return x.empty() ? std::nullopt : std::optional(std::chrono::milliseconds{x.front()});
}
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
typename F::result_type inspect(F& f, operation_counts& x) {
  return f(caf::meta::type_name("sluice::operation_counts"), x.inserts, x.updates, x.deletes);
}
template <class F>
typename F::result_type inspect(F& f, run_counters& x) {
  return f(x.read, x.unchanged, x.invalid, x.inserts, x.updates, x.deletes, x.delivered, x.rejected,
           x.undelivered, x.delivered_as, x.fetched_rows, x.fetched_bytes);
}
template <class F>
typename F::result_type inspect(F& f, run_record& x) {
  auto continues = wire::from_optional(x.continues);
  auto started = wire::from_time(x.started_at);
  auto stop = wire::from_times(x.stop_requested_at);
  auto halted = wire::from_times(x.reading_halted_at);
  auto finished = wire::from_times(x.finished_at);
  auto in_flight = wire::from_optional(x.in_flight_at_stop);
  auto drain = wire::from_spans(x.drain_expected);
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
    x.drain_expected = wire::to_spans(drain);
    x.phase.reset();
    if (!phase.empty()) x.phase = static_cast<run_phase>(phase.front());
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::run_record"), x.run, x.connection, x.type, x.trigger,
           x.state, x.mode, x.epoch, continues, started, stop, halted, finished, x.counters,
           in_flight, drain, x.failed, x.warnings, x.reason, x.about, x.requested_by, x.stopped_by,
           phase, x.waiting_for, caf::meta::load_callback(load));
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
           first, last, status, refused, x.packed_key, x.in_doubt, caf::meta::load_callback(load));
}
template <class F, class Enum>
typename F::result_type inspect(F& f, choice<Enum>& x) {
  return f(x.bits);
}
template <class F>
typename F::result_type inspect(F& f, run_query& x) {
  auto after = wire::from_time(x.started_after);
  auto before = wire::from_time(x.started_before);
  const auto load = [&]() -> caf::error {
    x.started_after = wire::to_time(after);
    x.started_before = wire::to_time(before);
    return caf::none;
  };
  return f(x.limit, x.before, x.offset, x.states, x.types, x.triggers, after, before, x.count,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, run_list& x) {
  auto total = wire::from_optional(x.total);
  const auto load = [&]() -> caf::error {
    x.total = wire::to_optional(total);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::run_list"), x.runs, total, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, rejected_query& x) {
  // No lists: requests of clients have none.
  bool of_status = x.status.has_value();
  std::int32_t status = x.status.value_or(0);
  const auto load = [&]() -> caf::error {
    x.status = of_status ? std::optional<int>(status) : std::nullopt;
    return caf::none;
  };
  return f(x.limit, x.cursor, x.operation, of_status, status, x.text, x.by_reason,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, rejected_reason& x) {
  auto last = wire::from_time(x.last_at);
  const auto load = [&]() -> caf::error {
    x.last_at = wire::to_time(last);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::rejected_reason"), x.reason, x.rows, x.key, last,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, rejected_list& x) {
  return f(caf::meta::type_name("sluice::rejected_list"), x.rows, x.reasons, x.next);
}
template <class F>
typename F::result_type inspect(F& f, row_log_query& x) {
  return f(x.run, x.outcome, x.text, x.limit, x.cursor);
}
template <class F>
typename F::result_type inspect(F& f, row_log_page& x) {
  return f(caf::meta::type_name("sluice::row_log_page"), x.lines, x.next);
}
template <class F>
typename F::result_type inspect(F& f, shown_configuration& x) {
  return f(caf::meta::type_name("sluice::shown_configuration"), x.file, x.json, x.defaults);
}
template <class F>
typename F::result_type inspect(F& f, request_flow& x) {
  return f(x.under_way, x.at_once, x.limited_by);
}
template <class F>
typename F::result_type inspect(F& f, connection_status& x) {
  auto run = wire::from_optional(x.run);
  auto next = wire::from_times(x.next_run_at);
  auto requests = wire::from_optional(x.requests);
  const auto load = [&]() -> caf::error {
    x.run = wire::to_optional(run);
    x.next_run_at = wire::to_times(next);
    x.requests = wire::to_optional(requests);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::connection_status"), x.connection, x.state, x.mode, run,
           x.next_type, x.next_reason, next, x.rejected_rows, x.ledger_rows, x.in_flight_batches,
           x.waiting_for_slot, x.node, x.enabled, x.leaving, x.continues, x.waiting_for, x.blocked,
           x.hung_threads, x.restarts, requests, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, start_once& x) {
  return f(caf::meta::type_name("sluice::start_once"), x.key, x.body_hash);
}
template <class F>
typename F::result_type inspect(F& f, known_start& x) {
  auto at = wire::from_time(x.at);
  const auto load = [&]() -> caf::error {
    x.at = wire::to_time(at);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::known_start"), x.once, at, x.run,
           caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, start_options& x) {
  return f(caf::meta::type_name("sluice::start_options"), x.full, x.wait, x.allow_deletes,
           x.assume_synced, x.trigger, x.requested_by, x.once, x.rows.keys, x.rows.limit);
}
template <class F>
typename F::result_type inspect(F& f, stop_options& x) {
  return f(caf::meta::type_name("sluice::stop_options"), x.abandon, x.requested_by, x.run);
}
template <class F>
typename F::result_type inspect(F& f, node_info& x) {
  return f(caf::meta::type_name("sluice::node_info"), x.name, x.version, x.pid, x.ending);
}
template <class F>
typename F::result_type inspect(F& f, console_code& x) {
  return f(caf::meta::type_name("sluice::console_code"), x.address, x.code, x.seconds);
}
template <class F>
typename F::result_type inspect(F& f, credential_status& x) {
  auto kept = wire::from_times(x.kept_since);
  auto refreshed = wire::from_times(x.last.refreshed_at);
  auto ends = wire::from_times(x.last.ends_at);
  const auto load = [&]() -> caf::error {
    x.kept_since = wire::to_times(kept);
    x.last.refreshed_at = wire::to_times(refreshed);
    x.last.ends_at = wire::to_times(ends);
    return caf::none;
  };
  return f(caf::meta::type_name("sluice::credential_status"), x.credential, x.kind, kept, refreshed,
           ends, x.last.problem, caf::meta::load_callback(load));
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
           reached, x.whole_source, x.all_listed, x.chosen_keys, caf::meta::load_callback(load));
}
template <class F>
typename F::result_type inspect(F& f, settled_rows& x) {
  return f(caf::meta::type_name("sluice::settled_rows"), x.rows, x.keys);
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
           x.rejected, x.undelivered, rows, x.ledger, x.refused_for, ask_again, x.delivered_as,
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
  auto late = wire::from_spans(x.late_after);
  const auto load = [&]() -> caf::error {
    x.before = wire::to_optional(before);
    x.late_after = wire::to_spans(late);
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
