#include "messages/json.hpp"

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

using nlohmann::ordered_json;

// Messages of databases are not always UTF-8, and a document has to be printable all the same.
std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json time_or_null(const std::optional<timestamp>& t) {
  return t ? ordered_json(format_timestamp(*t)) : ordered_json();
}

ordered_json milliseconds_or_null(const std::optional<std::chrono::milliseconds>& x) {
  return x ? ordered_json(x->count()) : ordered_json();
}

template <class T>
ordered_json value_or_null(const std::optional<T>& x) {
  return x ? ordered_json(*x) : ordered_json();
}

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

/// What a pass found.
void add_found_rows(ordered_json& out, const run_counters& n) {
  out["read"] = n.read;
  out["unchanged"] = n.unchanged;
  out["invalid"] = n.invalid;
  out["inserts"] = n.inserts;
  out["updates"] = n.updates;
  out["deletes"] = n.deletes;
}

template <class Enum>
std::string word(Enum x) {
  return std::string(to_string(x));
}

}  // namespace

ordered_json to_json(const error& e) {
  if (!e) return nullptr;
  return {{"code", word(e.code)}, {"message", e.message()}, {"hint", e.hint}};
}

ordered_json to_json(const run_record& run) {
  const auto& n = run.counters;
  ordered_json out{{"run", run.run},
                   {"connection", run.connection},
                   {"type", word(run.type)},
                   {"trigger", word(run.trigger)},
                   {"state", word(run.state)},
                   {"mode", word(run.mode)},
                   {"epoch", run.epoch},
                   {"continues", value_or_null(run.continues)},
                   {"started_at", format_timestamp(run.started_at)},
                   {"stop_requested_at", time_or_null(run.stop_requested_at)},
                   {"reading_halted_at", time_or_null(run.reading_halted_at)},
                   {"finished_at", time_or_null(run.finished_at)}};
  add_found_rows(out, n);
  out.update(ordered_json{{"delivered", n.delivered},
                          {"rejected", n.rejected},
                          {"undelivered", n.undelivered},
                          {"in_flight_at_stop", value_or_null(run.in_flight_at_stop)},
                          {"drain_expected_ms", milliseconds_or_null(run.drain_expected)},
                          {"error", to_json(run.failed)},
                          {"warnings", run.warnings},
                          {"outcome", value_or_null(outcome_of(run))},
                          {"reason", text_or_null(run.reason)},
                          {"about", text_or_null(run.about)},
                          {"requested_by", text_or_null(run.requested_by)},
                          {"stopped_by", text_or_null(run.stopped_by)},
                          {"phase", run.phase ? ordered_json(word(*run.phase)) : ordered_json()},
                          {"waiting_for", text_or_null(run.waiting_for)}});
  const bool apart = n.delivered_as.total() == n.delivered;
  const auto known = [&](std::uint64_t count) { return apart ? ordered_json(count) : nullptr; };
  out["delivered_inserts"] = known(n.delivered_as.inserts);
  out["delivered_updates"] = known(n.delivered_as.updates);
  out["delivered_deletes"] = known(n.delivered_as.deletes);
  out["fetched_rows"] = n.fetched_rows;
  out["fetched_bytes"] = n.fetched_bytes;
  return out;
}

ordered_json to_json(const request_flow& flow) {
  return {{"under_way", flow.under_way},
          {"at_once", flow.at_once},
          {"limited_by", word(flow.limited_by)}};
}

ordered_json to_json(const connection_status& status) {
  return {{"connection", status.connection},
          {"state", word(status.state)},
          {"run", status.run ? to_json(*status.run) : ordered_json()},
          {"next_type", word(status.next_type)},
          {"next_run_at", time_or_null(status.next_run_at)},
          {"rejected_rows", status.rejected_rows},
          {"ledger_rows", status.ledger_rows},
          {"node", status.node},
          {"mode", word(status.mode)},
          {"in_flight_batches", status.in_flight_batches},
          {"next_reason", status.next_reason},
          {"waiting_for_slot", status.waiting_for_slot},
          {"enabled", status.enabled},
          {"leaving", status.leaving},
          {"continues", status.continues},
          {"waiting_for", text_or_null(status.waiting_for)},
          {"blocked", to_json(status.blocked)},
          {"hung_threads", status.hung_threads},
          {"restarts", status.restarts},
          {"requests", status.requests ? to_json(*status.requests) : ordered_json()}};
}

ordered_json to_json(const node_status& node) {
  return {{"node", text_or_null(node.node)},
          {"address", text_or_null(node.address)},
          {"version", text_or_null(node.version)},
          {"link", word(node.link)},
          {"started_at", time_or_null(node.started_at)},
          {"since", time_or_null(node.since)},
          {"connections", node.connections},
          {"conflicts", node.conflicts},
          {"error", to_json(node.problem)},
          {"certificate_ends_at", time_or_null(node.certificate_ends_at)},
          {"ending", node.ending}};
}

ordered_json to_json(const credential_status& status) {
  return {{"credential", status.credential},
          {"kind", status.kind},
          {"kept_since", time_or_null(status.kept_since)},
          {"refreshed_at", time_or_null(status.last.refreshed_at)},
          {"ends_at", time_or_null(status.last.ends_at)},
          {"error", to_json(status.last.problem)}};
}

ordered_json to_json(const reload_report& report) {
  return {{"added", report.added},         {"removed", report.removed},
          {"changed", report.changed},     {"stopped", report.restarting},
          {"unchanged", report.unchanged}, {"warnings", report.warnings},
          {"problems", report.problems}};
}

namespace {

/// An object that begins with a key. The key goes in as text; the rest is rendered as an object
/// whose opening brace is replaced.
std::string with_key(const std::string& key, ordered_json rest) {
  rest["key_text"] = key;
  return "{\"key\":" + (ordered_json::accept(key) ? key : dump(key)) + ',' + dump(rest).substr(1);
}

}  // namespace

std::string preview_to_json_text(const preview_result& preview) {
  ordered_json head{{"connection", preview.connection},
                    {"type", word(preview.type)},
                    {"reason", preview.reason},
                    {"mode", word(preview.mode)}};
  add_found_rows(head, preview.counters);
  head.update(ordered_json{{"rejected_retried", preview.rejected_retried},
                           {"warnings", preview.warnings},
                           {"guarded", to_json(preview.guarded)}});
  auto out = dump(head);
  out.back() = ',';
  out += "\"samples\":[";
  const char* separator = "";
  for (const auto& s : preview.samples) {
    out += separator;
    out += with_key(s.key,
                    {{"operation", s.operation},
                     {"rendered", s.rendered.empty() ? ordered_json() : ordered_json(s.rendered)},
                     {"reason", s.reason}});
    separator = ",";
  }
  return out + "]}";
}

namespace {

std::string item_text(const rejected_row& row) {
  return with_key(row.key, {{"operation", row.operation},
                            {"reason", row.reason},
                            {"attempts", row.attempts},
                            {"first_at", format_timestamp(row.first_at)},
                            {"last_at", format_timestamp(row.last_at)},
                            {"status", value_or_null(row.status)},
                            {"in_doubt", row.in_doubt}});
}

std::string item_text(const rejected_reason& reason) {
  return with_key(reason.key, {{"reason", reason.reason},
                               {"rows", reason.rows},
                               {"last_at", format_timestamp(reason.last_at)}});
}

template <class T>
std::string array_text(const std::vector<T>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += item_text(item);
  }
  return out + "]";
}

}  // namespace

std::string to_json_text(const std::vector<rejected_row>& rows) { return array_text(rows); }

std::string to_json_text(const std::vector<rejected_reason>& reasons) {
  return array_text(reasons);
}

}  // namespace sluice
