// Connections: their state, their configuration, and what is done to them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "messages/ascii.hpp"
#include "messages/json.hpp"
#include "runtime/api/body.hpp"
#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/v1.hpp"
#include "runtime/api/visible.hpp"

namespace sluice::api::v1 {
namespace {

constexpr std::uint32_t most_samples = 100;

/// How a connection's state is answered.
auto status_response(const asked& a) {
  return [who = a.who](const connection_status& status) {
    return json_response(to_json(as_seen_by(who, status)));
  };
}

/// A body that says nothing.
void require_no_members(const asked& a) { body(a.request.body, body::manner::strict).check(); }

/// Which connections somebody wants to see.
struct connection_filter {
  choice<connection_state> states;
  std::string part;    ///< of the name
  std::string behind;  ///< this name
  std::uint32_t limit = default_limit;

  [[nodiscard]] bool takes(const connection_status& c) const {
    return c.connection > behind && states.takes(c.state) && contains(c.connection, part);
  }
};

web::response list_response(const web::request& r, const caller& who, const connection_filter& f,
                            const std::vector<connection_status>& all) {
  std::vector<const connection_status*> taken;
  for (const auto& c : all)
    if (f.takes(c)) taken.push_back(&c);
  std::ranges::sort(taken, {}, &connection_status::connection);
  std::string next;
  if (taken.size() > f.limit) {
    taken.resize(f.limit);
    next = taken.back()->connection;
  }
  std::string items = "[";
  for (const auto* const c : taken) {
    if (items.size() > 1) items += ',';
    items += to_text(to_json(as_seen_by(who, *c)));
  }
  return page_response(r, items + "]", next);
}

}  // namespace

plan list_connections(const asked& a) {
  parameters query(a.request);
  connection_filter filter;
  using enum connection_state;
  filter.states =
      query.any_of<connection_state>("state", {idle, running, draining, disabled, unreachable});
  filter.part = query.text("q");
  filter.limit = query.number("limit", 1, most_per_page, default_limit);
  filter.behind = query.text("cursor");
  query.check();
  return question_of<std::vector<connection_status>>(
      a, command::connections{},
      [r = a.request, who = a.who, filter](const std::vector<connection_status>& all) {
        return list_response(r, who, filter, all);
      });
}

plan get_connection(const asked& a) {
  parameters(a.request).check();
  return question_of<connection_status>(a, command::status{a.connection}, status_response(a));
}

plan get_config(const asked& a) {
  parameters(a.request).check();
  return question_of<shown_configuration>(a, command::configuration{a.connection},
                                          [](const shown_configuration& shown) {
                                            nlohmann::ordered_json out{{"file", shown.file}};
                                            out.update(nlohmann::ordered_json::parse(shown.json));
                                            return json_response(out);
                                          });
}

plan enable(const asked& a) {
  require_no_members(a);
  return change_of<connection_status>(a, command::enable{a.connection}, "enable",
                                      status_response(a));
}

plan disable(const asked& a) {
  require_no_members(a);
  return change_of<connection_status>(a, command::disable{a.connection}, "disable",
                                      status_response(a));
}

plan reset(const asked& a) {
  body wish(a.request.body, body::manner::strict);
  const auto confirm = wish.text("confirm");
  const bool assume = wish.boolean("assume_synced", false);
  if (confirm != a.connection)
    wish.complain("confirm", "must be the name of the connection, '" + a.connection + "'");
  wish.check();
  auto forget =
      change_of<connection_status>(a, command::reset{a.connection}, "reset", status_response(a));
  if (!assume) return forget;
  // The run that records the rows of the source begins now; the state after that is the answer.
  start_options how{.assume_synced = true, .requested_by = a.who.name};
  auto record = change_of<run_record>(a, command::start{a.connection, how},
                                      "start with the rows of the source assumed as delivered",
                                      [](const run_record&) { return nothing(); });
  record.after_answer =
      [look = question_of<connection_status>(a, command::status{a.connection}, status_response(a))](
          const command::any_answer&) { return std::optional(look); };
  forget.after_answer = [record](const command::any_answer&) { return std::optional(record); };
  return forget;
}

plan preview(const asked& a) {
  require_rows(a);
  body wish(a.request.body, body::manner::strict);
  preview_options how;
  how.full = wish.boolean("full", how.full);
  how.samples = wish.number("samples", 0, most_samples, how.samples);
  wish.check();
  auto out = question_of<preview_result>(
      a, command::preview{a.connection, how}, [](const preview_result& result) {
        return response_of(200, json_type, preview_to_json_text(result));
      });
  out.dies_with_client = true;
  return out;
}

}  // namespace sluice::api::v1
