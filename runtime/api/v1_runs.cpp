// Runs: history, beginning, end.
#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "messages/ascii.hpp"
#include "messages/json.hpp"
#include "runtime/api/body.hpp"
#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/start_key.hpp"
#include "runtime/api/v1.hpp"
#include "runtime/api/visible.hpp"

namespace sluice::api::v1 {
namespace {

constexpr std::uint32_t longest_wait = 60;  ///< seconds

auto run_response(const asked& a, int status) {
  return [who = a.who, status](const run_record& run) {
    return json_response(to_json(as_seen_by(who, run)), status);
  };
}

run_query read_query(parameters& query) {
  run_query out;
  using enum run_state;
  out.states = query.any_of<run_state>(
      "state", {postponed, running, draining, succeeded, stopped, failed, interrupted, skipped});
  out.types = query.any_of<run_type>("type", {run_type::full, run_type::incremental});
  out.triggers = query.any_of<run_trigger>(
      "trigger", {run_trigger::manual, run_trigger::schedule, run_trigger::api});
  if (const auto after = query.time("started_after")) out.started_after = *after;
  if (const auto before = query.time("started_before")) out.started_before = *before;
  out.before = run_id(query.text("cursor"));
  return out;
}

web::response list_response(const web::request& r, const caller& who, std::uint32_t limit,
                            const run_list& list) {
  const auto count = std::min<std::size_t>(limit, list.runs.size());
  std::string items = "[";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) items += ',';
    items += to_text(to_json(as_seen_by(who, list.runs[i])));
  }
  // No more are listed at a time than the longest page has: then nobody knows, and the next page
  // may be empty.
  const bool more = list.runs.size() > limit || list.runs.size() == most_runs_listed;
  return page_response(r, items + "]", more ? list.runs[count - 1].run : "");
}

/// The seconds in `Prefer: wait=N`, among other preferences; 0 without.
std::uint32_t wait_of(const web::request& r) {
  constexpr std::string_view name = "wait=";
  const auto header = r.header("Prefer");
  const auto at = header.find(name);
  if (at == std::string_view::npos) return 0;
  std::uint32_t seconds = 0;
  const auto digits = header.substr(at + name.size());
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  const bool whole = failed == std::errc{} && (end == digits.data() + digits.size() ||
                                               *end == ',' || *end == ';' || *end == ' ');
  if (!whole)
    throw refused({400, "usage", "the header Prefer does not say how long to wait",
                   "write Prefer: wait=60, in seconds"});
  return std::min(seconds, longest_wait);
}

}  // namespace

plan list_runs(const asked& a) {
  parameters query(a.request);
  auto which = read_query(query);
  const auto limit = query.number("limit", 1, most_per_page, default_limit);
  query.check();
  which.limit =
      std::min(limit + 1, most_runs_listed);  // one more tells whether there is a next page
  return question_of<run_list>(a, command::runs{a.connection, which},
                               [r = a.request, who = a.who, limit](const run_list& list) {
                                 return list_response(r, who, limit, list);
                               });
}

plan start_run(const asked& a) {
  body wish(a.request.body, body::manner::strict);
  start_options how;
  how.full = wish.boolean("full", how.full);
  how.wait = wish.boolean("wait", how.wait);
  how.allow_deletes = wish.boolean("allow_deletes", how.allow_deletes);
  for (const auto& key : wish.objects("keys")) how.rows.add(key);
  how.rows.limit = row_count(wish.number("limit", 1, std::numeric_limits<std::uint32_t>::max(), 0));
  wish.check();
  how.trigger = a.who.session.empty() ? run_trigger::api : run_trigger::manual;
  how.requested_by = a.who.name;
  how.once = start_key_of(a, how);
  return change_of<run_record>(a, command::start{a.connection, how}, "start",
                               [who = a.who, path = a.request.path](const run_record& run) {
                                 auto out = json_response(to_json(as_seen_by(who, run)), 201);
                                 out.headers.emplace_back("Location", path + "/" + run.run);
                                 return out;
                               });
}

plan get_run(const asked& a) {
  parameters(a.request).check();
  const auto seconds = wait_of(a.request);
  auto out = question_of<run_record>(
      a, command::await{a.connection, a.run, std::chrono::seconds(seconds)},
      [show = run_response(a, 200), seconds](const run_record& run) {
        auto response = show(run);
        if (seconds > 0)
          response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(seconds));
        return response;
      });
  out.dies_with_client = seconds > 0;
  run_may_be_unknown(a, out);
  return out;
}

plan stop_run(const asked& a) {
  body wish(a.request.body, body::manner::strict);
  stop_options how;
  how.abandon = wish.boolean("abandon", how.abandon);
  wish.check();
  how.requested_by = a.who.name;
  how.run = a.run;
  auto out =
      change_of<run_record>(a, command::stop{a.connection, how},
                            how.abandon ? "stop without a drain" : "stop", run_response(a, 202));
  run_may_be_unknown(a, out);
  return out;
}

}  // namespace sluice::api::v1
