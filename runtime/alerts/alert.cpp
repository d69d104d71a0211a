#include "runtime/alerts/alert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "messages/error.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"

namespace sluice::alerts {
namespace {

/// Whether more than `percent` of the rows to deliver were refused by the destination or invalid
/// from the start.
bool too_many_rejected(const run_counters& rows, std::uint32_t percent) {
  const auto bad = rows.failures();
  return bad > 0 && bad * 100 > (rows.deltas() + rows.invalid) * percent;
}

bool has_failed(const run_record& run) {
  return run.state == run_state::failed || run.state == run_state::interrupted;
}

/// Whether an alert about such a run has to be followed by one that the trouble is over.
bool is_bad(const run_record& run, const config::notify_config& endpoint) {
  return has_failed(run) || (endpoint.wants(alert_event::rejected) &&
                             too_many_rejected(run.counters, endpoint.rejected_percent));
}

bool has_recovered(const run_ended& ended, const config::notify_config& endpoint, bool open) {
  if (ended.recovered) return true;
  if (ended.run.state != run_state::succeeded || is_bad(ended.run, endpoint)) return false;
  // Which incidents a pager has from earlier processes is not known.
  if (!ended.before && endpoint.is_pager()) return true;
  return open || (ended.before && is_bad(*ended.before, endpoint)) ||
         (ended.was_late && endpoint.wants(alert_event::late));
}

/// Whether the event describes a condition that lasts from run to run.
bool lasts(alert_event x) {
  return x == alert_event::failed || x == alert_event::rejected || x == alert_event::skipped;
}

/// Whether the event occurred, judged by the run alone.
bool occurred(alert_event x, const run_record& run, const config::notify_config& endpoint) {
  switch (x) {
    case alert_event::failed:
      return has_failed(run);
    case alert_event::rejected:
      return too_many_rejected(run.counters, endpoint.rejected_percent);
    case alert_event::stopped:
      return run.state == run_state::stopped;
    case alert_event::skipped:
      return run.state == run_state::skipped;
    case alert_event::succeeded:
      return run.state == run_state::succeeded;
    case alert_event::recovered:
    case alert_event::late:
      return false;
  }
  return false;
}

constexpr std::array all_events{
    alert_event::failed,  alert_event::rejected,  alert_event::stopped, alert_event::recovered,
    alert_event::skipped, alert_event::succeeded, alert_event::late};

}  // namespace

std::vector<alert_event> events_of(const run_ended& ended, const config::notify_config& endpoint,
                                   bool open) {
  std::vector<alert_event> events;
  if (ended.late_after) {
    if (endpoint.wants(alert_event::late) && endpoint.late == *ended.late_after)
      events.push_back(alert_event::late);
    return events;
  }
  for (const auto x : all_events) {
    const bool recovery = x == alert_event::recovered;
    if (!endpoint.wants(x) && !(recovery && endpoint.is_pager())) continue;
    if (recovery ? !has_recovered(ended, endpoint, open) : !occurred(x, ended.run, endpoint))
      continue;
    const bool told = ended.before && lasts(x) && occurred(x, *ended.before, endpoint);
    if (told && !endpoint.repeat) continue;
    events.push_back(x);
  }
  return events;
}

std::string_view to_string(severity x) {
  switch (x) {
    case severity::info:
      return "info";
    case severity::warning:
      return "warning";
    case severity::error:
      return "error";
  }
  return "unknown";
}

severity severity_of(const std::vector<alert_event>& events) {
  auto worst = severity::info;
  for (const auto x : events) {
    switch (x) {
      case alert_event::failed:
        return severity::error;
      case alert_event::rejected:
      case alert_event::skipped:
      case alert_event::late:
        worst = severity::warning;
        break;
      case alert_event::stopped:
      case alert_event::recovered:
      case alert_event::succeeded:
        break;
    }
  }
  return worst;
}

bool is_wrong(const std::vector<alert_event>& events) {
  return std::ranges::any_of(events, [](alert_event x) {
    return x != alert_event::recovered && x != alert_event::succeeded;
  });
}

std::string words_of(const std::vector<alert_event>& events) {
  std::vector<std::string_view> words;
  words.reserve(events.size());
  for (const auto event : events) words.push_back(to_string(event));
  return fmt::format("{}", fmt::join(words, ","));
}

std::string signature(std::string_view secret, std::string_view body) {
  return "sha256=" + to_small_hex(crypto::hmac_of(crypto::digest::sha256, {secret}, body));
}

std::vector<std::pair<std::string, std::string>> headers_of(const alert& what) {
  return {{"Content-Type", "application/json"},
          {"X-Sluice-Event", words_of(what.events)},
          {"X-Sluice-Delivery", what.id}};
}

}  // namespace sluice::alerts
