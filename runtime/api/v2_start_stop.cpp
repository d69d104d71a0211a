// Starting and stopping as RudderStack has it: a sync that was stopped counts as over, though it
// drains, and a stop is never refused for what runs or does not.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/api/body.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/start_key.hpp"
#include "runtime/api/v2.hpp"

namespace sluice::api::v2 {
namespace {

/// At most so many starts can wait, see actors/connection/connection_machine.hpp.
constexpr std::uint32_t most_waiting = 16;

bool wants_full(const asked& a) {
  body wish(a.request.body, body::manner::lenient);
  const auto type = wish.text("syncType");
  if (type && *type != "full" && *type != "incremental")
    wish.complain("syncType", "must be \"incremental\" or \"full\"");
  wish.check();
  return type == "full";
}

/// The answer to a start that is refused. Old clients take 409 for "it runs already", which a
/// disabled connection does not.
std::function<web::response(const error&)> start_refusal(const std::string& path) {
  return [path](const error& why) {
    auto out = refusal_of(why);
    if (why.code == errc::disabled) out.status = 422;
    return to_response(out, path);
  };
}

question start_question(const asked& a, const start_options& how) {
  auto out = change_of<run_record>(a, command::start{a.connection, how}, "start",
                                   [](const run_record& run) {
                                     return json_response({{"syncId", run.run}});
                                   });
  out.refuse = start_refusal(a.request.path);
  // What the same client sends again where it did not get the answer.
  out.claim = fmt::format("{}\n{}\n{}", a.who.name, a.connection, how.full ? "full" : "next");
  return out;
}

question waiting_runs(const asked& a) {
  return question_of<run_list>(
      a, command::runs{a.connection, {.limit = most_waiting, .states = {run_state::postponed}}},
      [](const run_list&) { return nothing(); });
}

/// To start when the drain is over, unless a start waits for that already.
question start_after_drain(const asked& a, const start_options& how, const error& why) {
  auto waiting = waiting_runs(a);
  waiting.render = [path = a.request.path, why](const command::any_answer&) {
    auto out = refusal_of(why);
    out.code = to_string(errc::already_running);
    out.detail = "a sync was stopped and still drains, and another one waits to start after it";
    out.hint = "wait until it has ended";
    return to_response(out, path);
  };
  auto waits = how;
  waits.wait = true;
  waiting.after_answer = [start = start_question(a, waits)](
                             const command::any_answer& answer) -> std::optional<question> {
    if (!std::get<run_list>(answer).runs.empty()) return std::nullopt;
    return start;
  };
  return waiting;
}

question stop_question(const asked& a, const run_id& run) {
  auto out = change_of<run_record>(
      a, command::stop{a.connection, {.requested_by = a.who.name, .run = run}}, "stop",
      [](const run_record&) { return nothing(); });
  out.refuse = [path = a.request.path](const error& why) {
    const bool nothing_runs = why.code == errc::not_running || why.code == errc::disabled;
    return nothing_runs ? nothing() : to_response(why, path);
  };
  return out;
}

/// `first`, whatever becomes of it, and then `second`.
question in_turn(question first, const question& second) {
  first.after_answer = [second](const command::any_answer&) { return std::optional(second); };
  first.after_error = [second](const error&) { return std::optional(second); };
  return first;
}

}  // namespace

plan start_sync(const asked& a) {
  start_options how;
  how.full = wants_full(a);
  how.trigger = run_trigger::api;
  how.requested_by = a.who.name;
  how.once = start_key_of(a, how);
  auto out = start_question(a, how);
  // The planner's request ends with this call.
  out.after_error = [request = a.request, who = a.who, connection = a.connection,
                     how](const error& why) -> std::optional<question> {
    if (why.code != errc::draining) return std::nullopt;
    return start_after_drain({request, who, connection}, how, why);
  };
  return out;
}

plan stop_sync(const asked& a) {
  auto out = stop_question(a, "");
  // Starts that wait for the end of the drain are stopped with it.
  auto waiting = waiting_runs(a);
  waiting.after_answer = [request = a.request, who = a.who, connection = a.connection](
                             const command::any_answer& answer) -> std::optional<question> {
    std::optional<question> stops;
    for (const auto& run : std::get<run_list>(answer).runs) {
      auto stop = stop_question({request, who, connection}, run.run);
      stops = stops ? in_turn(std::move(stop), *stops) : std::move(stop);
    }
    return stops;
  };
  out.after_answer = [waiting](const command::any_answer&) { return std::optional(waiting); };
  return out;
}

}  // namespace sluice::api::v2
