#include "runtime/alerts/alert_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "messages/timestamp.hpp"
#include "runtime/config/duration.hpp"

namespace sluice::alerts {
namespace {

bool has(const alert& what, alert_event x) {
  return std::ranges::find(what.events, x) != what.events.end();
}

std::string rows(std::uint64_t n) { return fmt::format("{} row{}", n, n == 1 ? "" : "s"); }

std::string failed_text(const run_record& run) {
  if (run.state == run_state::interrupted) return "was interrupted: its node ended during the run";
  return run.failed ? "failed: " + run.failed.message() : "failed";
}

std::string rejected_text(const run_record& run) {
  const auto& n = run.counters;
  return fmt::format("{}: {} of {} could not be delivered ({} rejected, {} invalid)",
                     run.state == run_state::succeeded ? state_in_words(run) : "has rejected rows",
                     n.failures(), rows(n.deltas() + n.invalid), n.rejected, n.invalid);
}

std::string late_text(const alert& what) {
  const auto& run = *what.run;
  const auto waits = run.waiting_for.empty() ? "" : "; it waits for " + run.waiting_for;
  const auto limit = config::to_text(*what.late_after);
  if (run.run.empty()) return fmt::format("is late: no run for more than {}{}", limit, waits);
  return fmt::format("is late: its run goes on for more than {}{}", limit, waits);
}

/// The events in words, the worst first.
std::string happened(const alert& what) {
  using enum alert_event;
  const auto& run = *what.run;
  if (has(what, failed)) return failed_text(run);
  if (has(what, late)) return late_text(what);
  if (has(what, rejected)) return rejected_text(run);
  if (has(what, skipped)) return "skipped a run: another one was still active when it was due";
  if (has(what, stopped))
    return "was stopped" + (run.stopped_by.empty() ? "" : " by " + run.stopped_by);
  if (has(what, recovered)) return "works again: " + rows(run.counters.delivered) + " delivered";
  return fmt::format("{}: {} delivered", state_in_words(run), rows(run.counters.delivered));
}

std::string time_or_nothing(const std::optional<timestamp>& t) {
  return t ? format_timestamp(*t) : std::string{};
}

}  // namespace

std::string summary_of(const alert& what) {
  return "sluice: " + what.run->connection + " " + happened(what);
}

std::string details_of(const alert& what) {
  const auto& run = *what.run;
  if (run.run.empty()) return "";
  const auto& n = run.counters;
  auto out = fmt::format("{} run {} on node {}, {}\n", to_string(run.type), run.run, what.node,
                         state_in_words(run));
  if (!run.reason.empty()) out += "full sync, since " + run.reason + "\n";
  out += fmt::format("read {}, delivered {}, rejected {}, invalid {}, undelivered {}\n", n.read,
                     n.delivered, n.rejected, n.invalid, n.undelivered);
  if (!run.failed.hint.empty()) out += "hint: " + run.failed.hint + "\n";
  return out;
}

std::map<std::string, std::string> facts_of(const alert& what) {
  const auto& run = *what.run;
  const auto& n = run.counters;
  return {{"id", what.id},
          {"events", words_of(what.events)},
          {"severity", std::string(to_string(severity_of(what.events)))},
          {"summary", summary_of(what)},
          {"details", details_of(what)},
          {"connection", run.connection},
          {"node", what.node},
          {"run", run.run},
          {"type", std::string(to_string(run.type))},
          {"state", std::string(to_string(run.state))},
          {"outcome", std::string(outcome_of(run).value_or(""))},
          {"reason", run.reason},
          {"error", run.failed ? run.failed.message() : ""},
          {"hint", run.failed.hint},
          {"started_at", format_timestamp(run.started_at)},
          {"finished_at", time_or_nothing(run.finished_at)},
          {"requested_by", run.requested_by},
          {"stopped_by", run.stopped_by},
          {"read", std::to_string(n.read)},
          {"delivered", std::to_string(n.delivered)},
          {"rejected", std::to_string(n.rejected)},
          {"undelivered", std::to_string(n.undelivered)}};
}

}  // namespace sluice::alerts
