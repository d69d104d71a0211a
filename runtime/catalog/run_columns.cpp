#include "runtime/catalog/run_columns.hpp"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

namespace sluice::catalog {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 37> columns{"connection",
                                                   "run",
                                                   "type",
                                                   "triggered_by",
                                                   "state",
                                                   "mode",
                                                   "epoch",
                                                   "continues",
                                                   "started_at",
                                                   "stop_requested_at",
                                                   "reading_halted_at",
                                                   "finished_at",
                                                   "rows_read",
                                                   "unchanged",
                                                   "invalid",
                                                   "inserts",
                                                   "updates",
                                                   "deletes",
                                                   "delivered",
                                                   "rejected",
                                                   "undelivered",
                                                   "in_flight_at_stop",
                                                   "error_code",
                                                   "error_operation",
                                                   "error_object",
                                                   "error_cause",
                                                   "error_hint",
                                                   "warnings",
                                                   "reason",
                                                   "requested_by",
                                                   "stopped_by",
                                                   "delivered_inserts",
                                                   "delivered_updates",
                                                   "delivered_deletes",
                                                   "fetched_rows",
                                                   "fetched_bytes",
                                                   "about"};

// Warnings quote databases, whose messages are not always UTF-8.
std::string warnings_text(const std::vector<std::string>& warnings) {
  return json(warnings).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> read_warnings(cell_reader& cells) {
  const auto list = json::parse(cells.text(), nullptr, false);
  if (!list.is_array()) cells.refuse("no JSON array");
  std::vector<std::string> warnings;
  for (const auto& warning : list) {
    if (!warning.is_string()) cells.refuse("an array of other things than strings");
    warnings.push_back(warning.get<std::string>());
  }
  return warnings;
}

error read_error(cell_reader& cells) {
  error e;
  if (const auto code = cells.optional_text()) {
    e.code = errc::internal;  // a code that this version does not know
    for (unsigned i = 0; i <= std::numeric_limits<std::uint8_t>::max(); ++i)
      if (to_string(static_cast<errc>(i)) == *code) {
        e.code = static_cast<errc>(i);
        break;  // numbers that are no code are called `internal`, too
      }
  }
  e.operation = cells.optional_text().value_or("");
  e.object = cells.optional_text().value_or("");
  e.cause = cells.optional_text().value_or("");
  e.hint = cells.optional_text().value_or("");
  return e;
}

}  // namespace

std::span<const std::string_view> run_columns() { return columns; }

sql_values to_values(const run_record& run) {
  const auto& n = run.counters;
  const auto& e = run.failed;
  sql_values values{run.connection,
                    run.run,
                    to_string(run.type),
                    to_string(run.trigger),
                    to_string(run.state),
                    to_string(run.mode),
                    run.epoch,
                    run.continues,
                    run.started_at,
                    run.stop_requested_at,
                    run.reading_halted_at,
                    run.finished_at,
                    n.read,
                    n.unchanged,
                    n.invalid,
                    n.inserts,
                    n.updates,
                    n.deletes,
                    n.delivered,
                    n.rejected,
                    n.undelivered,
                    run.in_flight_at_stop};
  if (e) {
    for (const auto& part :
         {std::string(to_string(e.code)), e.operation, e.object, e.cause, e.hint})
      values.emplace_back(part);
  } else {
    values.resize(values.size() + 5);
  }
  values.emplace_back(warnings_text(run.warnings));
  values.emplace_back(run.reason);
  values.emplace_back(run.requested_by);
  values.emplace_back(run.stopped_by);
  for (const auto count : {n.delivered_as.inserts, n.delivered_as.updates, n.delivered_as.deletes,
                           n.fetched_rows, n.fetched_bytes})
    values.emplace_back(count);
  values.emplace_back(run.about);
  return values;
}

run_record read_run(cell_reader& cells) {
  run_record run;
  run.connection = cells.name<connection_name>();
  run.run = cells.name<run_id>();
  run.type = cells.word<run_type>();
  run.trigger = cells.word<run_trigger>();
  run.state = cells.word<run_state>();
  run.mode = cells.word<sync_mode>();
  run.epoch = static_cast<std::uint32_t>(cells.count());
  run.continues = cells.optional_name<run_id>();
  run.started_at = cells.time();
  run.stop_requested_at = cells.optional_time();
  run.reading_halted_at = cells.optional_time();
  run.finished_at = cells.optional_time();
  auto& n = run.counters;
  for (auto* counter : {&n.read, &n.unchanged, &n.invalid, &n.inserts, &n.updates, &n.deletes,
                        &n.delivered, &n.rejected, &n.undelivered})
    *counter = cells.count();
  run.in_flight_at_stop = cells.optional_count();
  run.failed = read_error(cells);
  run.warnings = read_warnings(cells);
  run.reason = cells.text();
  run.requested_by = cells.text();
  run.stopped_by = cells.text();
  auto& delivered = n.delivered_as;
  for (auto* counter : {&delivered.inserts, &delivered.updates, &delivered.deletes, &n.fetched_rows,
                        &n.fetched_bytes})
    *counter = cells.count();
  run.about = cells.text();
  return run;
}

}  // namespace sluice::catalog
