// Runs as RudderStack's clients read syncs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "messages/json.hpp"
#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/v2.hpp"
#include "runtime/api/visible.hpp"
#include "runtime/http/percent_encoding.hpp"

namespace sluice::api::v2 {
namespace {

using nlohmann::ordered_json;

enum class sync_status : std::uint8_t { running, succeeded, failed };

sync_status status_of(run_state state) {
  if (!has_ended(state)) return sync_status::running;
  return state == run_state::succeeded ? sync_status::succeeded : sync_status::failed;
}

std::string_view to_string(sync_status x) {
  switch (x) {
    case sync_status::running:
      return "running";
    case sync_status::succeeded:
      return "succeeded";
    case sync_status::failed:
      break;
  }
  return "failed";
}

/// The states that a status word stands for; every one that there was a sync for without a word.
choice<run_state> states_of(const std::string& status) {
  using enum run_state;
  if (status == "running") return {postponed, running, draining};
  if (status == "succeeded") return {succeeded};
  if (status == "failed") return {stopped, failed, interrupted};
  return choice<run_state>::without(skipped);
}

/// Why a run counts as failed; never empty.
std::string failure_of(const run_record& run) {
  switch (run.state) {
    case run_state::stopped:
      return fmt::format(
          "the sync was stopped on request; {} rows were delivered, {} are part of the next sync",
          run.counters.delivered, run.counters.undelivered);
    case run_state::interrupted:
      return "the node ended during the sync; the next sync goes on from there";
    case run_state::skipped:
      return "another sync was active when it was due";
    default:
      break;
  }
  return run.failed ? run.failed.text() : "the sync failed, and its record does not say why";
}

ordered_json total(std::uint64_t n) { return {{"total", n}}; }

/// The path of the page behind this one, as the Go client joins it to its base.
std::string next_page(const asked& a, std::uint32_t page, std::uint32_t per_page) {
  auto out = fmt::format("{}?page={}&per_page={}", a.request.path, page + 1, per_page);
  for (const char* const name : {"status", "started_after", "started_before"}) {
    const auto value = a.request.query.find(name);
    if (value != a.request.query.end() && !value->second.empty())
      out += fmt::format("&{}={}", name, http::percent_encoded(value->second));
  }
  return out;
}

}  // namespace

ordered_json sync_of(const run_record& run) {
  const auto& n = run.counters;
  const auto status = status_of(run.state);
  ordered_json out{{"id", run.run},
                   {"status", to_string(status)},
                   {"startedAt", format_timestamp(run.started_at)},
                   {"finishedAt", run.finished_at ? ordered_json(format_timestamp(*run.finished_at))
                                                  : ordered_json()}};
  if (status == sync_status::failed) out["error"] = failure_of(run);
  out["metrics"] = {{"succeeded", total(n.delivered)}, {"failed", total(n.rejected)},
                    {"changed", total(n.deltas())},    {"total", n.read},
                    {"invalid", total(n.invalid)},     {"undelivered", total(n.undelivered)}};
  out["syncType"] = sluice::to_string(run.type);
  out["sluice"] = to_json(run);
  return out;
}

plan list_syncs(const asked& a) {
  constexpr std::uint32_t last_page = 1'000'000;
  parameters query(a.request);
  const auto status = query.one_of("status", {"running", "succeeded", "failed"});
  run_query which;
  which.states = states_of(status);
  if (const auto after = query.time("started_after")) which.started_after = *after;
  if (const auto before = query.time("started_before")) which.started_before = *before;
  which.limit = query.number("per_page", 1, most_per_page, default_limit);
  const auto page = query.number("page", 1, last_page, 1);
  query.check(parameters::others::ignored);
  which.offset = std::uint64_t{page - 1} * which.limit;
  which.count = true;
  const auto end = which.offset + which.limit;
  return question_of<run_list>(
      a, command::runs{a.connection, which},
      [who = a.who, end, next = next_page(a, page, which.limit)](const run_list& list) {
        auto syncs = ordered_json::array();
        for (const auto& run : list.runs) syncs.push_back(sync_of(as_seen_by(who, run)));
        const auto all = list.total.value_or(list.runs.size());
        ordered_json paging{{"total", all}};
        if (end < all) paging["next"] = next;
        return json_response({{"syncs", syncs}, {"paging", paging}});
      });
}

plan get_sync(const asked& a) {
  auto out = question_of<run_record>(a, command::await{a.connection, a.run, command::poll_time{0}},
                                     [who = a.who](const run_record& run) {
                                       return json_response(sync_of(as_seen_by(who, run)));
                                     });
  run_may_be_unknown(a, out);
  return out;
}

}  // namespace sluice::api::v2
