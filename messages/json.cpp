#include "messages/json.hpp"

#include <nlohmann/json.hpp>

namespace sluice {

namespace {

using nlohmann::ordered_json;

// Database messages are not always UTF-8; a document that cannot be printed helps nobody.
std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json time_or_null(const std::optional<timestamp>& t) {
  return t ? ordered_json(format_timestamp(*t)) : ordered_json();
}

template <class T>
ordered_json value_or_null(const std::optional<T>& x) {
  return x ? ordered_json(*x) : ordered_json();
}

template <class Enum>
std::string word(Enum x) {
  return std::string(to_string(x));
}

// -- reading a run back ---------------------------------------------------------------------------

[[noreturn]] void unreadable(const char* field, const char* cause) {
  throw failure(errc::internal, "read run from JSON", field, cause);
}

const ordered_json& at(const ordered_json& json, const char* field) {
  const auto found = json.find(field);
  if (found == json.end()) unreadable(field, "missing");
  return *found;
}

std::string text_at(const ordered_json& json, const char* field) {
  const auto& x = at(json, field);
  if (!x.is_string()) unreadable(field, "not a string");
  return x.get<std::string>();
}

std::uint64_t count_at(const ordered_json& json, const char* field) {
  const auto& x = at(json, field);
  if (!x.is_number_unsigned()) unreadable(field, "not a count");
  return x.get<std::uint64_t>();
}

template <class Enum>
Enum word_at(const ordered_json& json, const char* field) {
  const auto x = parse<Enum>(text_at(json, field));
  if (!x) unreadable(field, "unknown word");
  return *x;
}

std::optional<timestamp> time_at(const ordered_json& json, const char* field) {
  if (at(json, field).is_null()) return std::nullopt;
  const auto t = parse_timestamp(text_at(json, field));
  if (!t) unreadable(field, "not a time like 2026-01-31T09:00:00.000Z");
  return t;
}

timestamp required_time_at(const ordered_json& json, const char* field) {
  const auto t = time_at(json, field);
  if (!t) unreadable(field, "null");
  return *t;
}

error error_at(const ordered_json& json, const char* field) {
  const auto& x = at(json, field);
  if (x.is_null()) return {};
  const auto code = text_at(x, "code");
  for (auto i = 0; i <= static_cast<int>(errc::internal); ++i)
    if (to_string(static_cast<errc>(i)) == code)
      return {static_cast<errc>(i), {}, {}, text_at(x, "message"), text_at(x, "hint")};
  unreadable(field, "unknown code");
}

}  // namespace

ordered_json to_json(const error& e) {
  if (!e) return nullptr;
  return {{"code", word(e.code)}, {"message", e.message()}, {"hint", e.hint}};
}

ordered_json to_json(const run_record& run) {
  const auto& n = run.counters;
  return {{"run", run.run},
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
          {"finished_at", time_or_null(run.finished_at)},
          {"read", n.read},
          {"unchanged", n.unchanged},
          {"invalid", n.invalid},
          {"inserts", n.inserts},
          {"updates", n.updates},
          {"deletes", n.deletes},
          {"delivered", n.delivered},
          {"rejected", n.rejected},
          {"undelivered", n.undelivered},
          {"in_flight_at_stop", value_or_null(run.in_flight_at_stop)},
          {"error", to_json(run.failed)},
          {"warnings", run.warnings}};
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
          {"in_flight_batches", status.in_flight_batches}};
}

run_record run_from_json(const ordered_json& json) {
  run_record run;
  run.run = text_at(json, "run");
  run.connection = text_at(json, "connection");
  run.type = word_at<run_type>(json, "type");
  run.trigger = word_at<run_trigger>(json, "trigger");
  run.state = word_at<run_state>(json, "state");
  run.mode = word_at<sync_mode>(json, "mode");
  run.epoch = static_cast<std::uint32_t>(count_at(json, "epoch"));
  if (!at(json, "continues").is_null()) run.continues = text_at(json, "continues");
  run.started_at = required_time_at(json, "started_at");
  run.stop_requested_at = time_at(json, "stop_requested_at");
  run.reading_halted_at = time_at(json, "reading_halted_at");
  run.finished_at = time_at(json, "finished_at");
  auto& n = run.counters;
  n.read = count_at(json, "read");
  n.unchanged = count_at(json, "unchanged");
  n.invalid = count_at(json, "invalid");
  n.inserts = count_at(json, "inserts");
  n.updates = count_at(json, "updates");
  n.deletes = count_at(json, "deletes");
  n.delivered = count_at(json, "delivered");
  n.rejected = count_at(json, "rejected");
  n.undelivered = count_at(json, "undelivered");
  if (!at(json, "in_flight_at_stop").is_null())
    run.in_flight_at_stop = count_at(json, "in_flight_at_stop");
  run.failed = error_at(json, "error");
  const auto& warnings = at(json, "warnings");
  if (!warnings.is_array()) unreadable("warnings", "not an array");
  for (const auto& warning : warnings) {
    if (!warning.is_string()) unreadable("warnings", "not an array of strings");
    run.warnings.push_back(warning.get<std::string>());
  }
  return run;
}

std::string to_json_text(const std::vector<rejected_row>& rows) {
  std::string out = "[";
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    // The key goes in as text; the rest is rendered as an object whose opening brace is replaced.
    out += "{\"key\":" + (ordered_json::accept(row.key) ? row.key : dump(row.key)) + ',';
    out += dump({{"operation", row.operation},
                 {"reason", row.reason},
                 {"attempts", row.attempts},
                 {"first_at", format_timestamp(row.first_at)},
                 {"last_at", format_timestamp(row.last_at)}})
               .substr(1);
  }
  return out + "]";
}

}  // namespace sluice
