#include "runtime/cli/render_lists.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/cli/humanize.hpp"
#include "runtime/cli/labelled_lines.hpp"
#include "runtime/cli/reason.hpp"
#include "runtime/cli/render_run.hpp"

namespace sluice::cli {
namespace {

using align = text_table::align;

/// A certificate that ends so soon should be replaced.
constexpr std::chrono::hours ends_soon{24 * 30};

/// `failed 3 min ago`, `running for 12.3 s`, `-`
std::string last_run_text(const connection_status& c, timestamp now) {
  if (!c.run) return "-";
  const auto& run = *c.run;
  if (!has_ended(run.state))
    return fmt::format("{} {} for {}", to_string(run.type), to_string(run.state),
                       duration_text(elapsed(run, now)));
  return fmt::format("{} {} {}", to_string(run.type), state_in_words(run),
                     relative_text(run.finished_at.value_or(run.started_at), now));
}

/// A word that a narrow column holds.
std::string brief_state(const run_record& run) {
  return outcome_of(run) == "with_rejections" ? "with failures" : std::string{to_string(run.state)};
}

/// The last run in a narrow column.
std::string brief_last_run(const connection_status& c, timestamp now) {
  if (!c.run) return "-";
  const auto& run = *c.run;
  if (!has_ended(run.state)) return "for " + duration_text(elapsed(run, now));
  return brief_state(run) + " " + relative_text(run.finished_at.value_or(run.started_at), now);
}

bool has_failed(const run_record& run) {
  return run.state == run_state::failed || run.state == run_state::interrupted;
}

constexpr std::string_view healthy = "ok";

/// Facts that deserve attention, worst first.
std::string health_text(const connection_status& c) {
  if (c.state == connection_state::unreachable) return "node " + c.node + " cannot be reached";
  if (c.leaving) return "leaves when its run has drained";
  if (c.blocked) return "blocked: " + without_page(c.blocked.cause);
  if (c.hung_threads > 0) return count_text(c.hung_threads, "thread") + " hung";
  if (c.run && c.run->phase == run_phase::waiting) return "waits for " + c.run->waiting_for;
  if (c.run && has_failed(*c.run)) {
    if (c.run->failed) return "failed: " + without_page(c.run->failed.message());
    return std::string{to_string(c.run->state)};
  }
  if (c.rejected_rows > 0) return count_text(c.rejected_rows, "rejected row");
  if (!c.run) return "never ran";
  return std::string{healthy};
}

std::string next_run_text(const connection_status& c, timestamp now) {
  if (!c.enabled || c.leaving || c.state == connection_state::disabled) return "-";
  if (!c.waiting_for.empty())
    return fmt::format("{}, waits for {}", to_string(c.next_type), c.waiting_for);
  if (!c.next_run_at) return fmt::format("{}, on demand", to_string(c.next_type));
  return fmt::format("{}, {}", to_string(c.next_type), relative_text(*c.next_run_at, now));
}

/// The same in a narrow column: most runs are incremental.
std::string brief_next_run(const connection_status& c, timestamp now) {
  if (!c.enabled || c.leaving || c.state == connection_state::disabled) return "-";
  const std::string full = c.next_type == run_type::full ? "full, " : "";
  if (!c.waiting_for.empty()) return full + "waits for " + c.waiting_for;
  return full + (c.next_run_at ? relative_text(*c.next_run_at, now) : "on demand");
}

std::string next_run_in_full(const connection_status& c, timestamp now) {
  auto result = next_run_text(c, now);
  if (!c.enabled) return "none: it is disabled; `sluice enable " + printable(c.connection) + "`";
  if (c.leaving) return "none: it is no longer configured, or its node ends";
  if (c.next_run_at && c.waiting_for.empty()) result += " (" + time_text(*c.next_run_at) + ")";
  if (c.continues)
    result += "; continues the last run: what is delivered is not sent again";
  else if (!c.next_reason.empty())
    result += ", since " + printable(c.next_reason);
  return result;
}

std::string_view reason_text(request_bound by) {
  switch (by) {
    case request_bound::rows:
      return "there are no more rows to send";
    case request_bound::growth:
      return "how many the API takes is being found out";
    case request_bound::concurrency:
      return "as many as \"concurrency\" allows";
    case request_bound::refusals:
      return "the API refuses more";
    case request_bound::latency:
      return "with more the API gets slower";
    case request_bound::rate_limit:
      return "a rate limit, or a pause that the API asked for";
    case request_bound::retry:
      break;
  }
  return "the API fails, and is tried again";
}

std::string requests_text(const request_flow& flow) {
  return fmt::format("{} of {} at once: {}", flow.under_way, flow.at_once,
                     reason_text(flow.limited_by));
}

std::string coloured(connection_state state, const palette& paint) {
  const auto word = to_string(state);
  return state == connection_state::idle ? std::string{word} : paint.yellow(word);
}

}  // namespace

std::string status_text(const connection_status& status, timestamp now, const palette& paint) {
  labelled_lines lines;
  lines.add("mode", std::string{to_string(status.mode)});
  lines.add("next run", next_run_in_full(status, now));
  if (status.blocked) lines.add("blocked", paint.red(printable(status.blocked.text())));
  if (status.hung_threads > 0)
    lines.add("hung", count_text(status.hung_threads, "thread") +
                          " of runs that were ended without; see the log");
  if (status.restarts > 0)
    lines.add("restarts", fmt::format("{} of what supervises the connection, since the node began",
                                      count_text(status.restarts)));
  lines.add("ledger", count_text(status.ledger_rows, "row") + " acknowledged");
  if (status.rejected_rows > 0) {
    // A run that ended early has not tried all rows.
    const bool all = !status.run || status.run->state == run_state::succeeded;
    lines.add("rejected",
              fmt::format("{}{}; see `sluice rejected {}`", all ? "" : "at least ",
                          count_text(status.rejected_rows, "row"), printable(status.connection)));
  }
  if (status.run && status.run->phase) lines.add("phase", phase_text(*status.run));
  if (status.in_flight_batches > 0 || (status.run && !has_ended(status.run->state)))
    lines.add("in flight", fmt::format("{} batch{}", status.in_flight_batches,
                                       status.in_flight_batches == 1 ? "" : "es"));
  if (status.requests) lines.add("requests", requests_text(*status.requests));
  lines.add("node", printable(status.node));
  auto result = fmt::format("{}  {}\n{}", paint.bold(printable(status.connection)),
                            coloured(status.state, paint), lines.render());
  if (!status.run)
    return result + "\nno run yet; start one with `sluice sync " + printable(status.connection) +
           "`\n";
  return result + "\n" + run_text(*status.run, now, paint);
}

namespace {

bool are_several_nodes(const std::vector<connection_status>& all) {
  return std::ranges::any_of(all, [&](const auto& c) { return c.node != all.front().node; });
}

/// Problems of connections, or the reasons why they wait: a line for each, as wide as allowed.
std::string notices_of(const std::vector<connection_status>& all, const palette& paint,
                       std::size_t width) {
  std::string notices;
  for (const auto& c : all) {
    const auto health = health_text(c);
    if (health == healthy || !(c.run || c.leaving || c.state == connection_state::unreachable))
      continue;
    const auto line = printable(c.connection) + ": ";
    const auto text = shorten(printable(health), width - std::min(width, line.size()));
    const bool bad = c.state == connection_state::unreachable ||
                     (c.run && c.run->phase != run_phase::waiting && has_failed(*c.run));
    notices += line + (bad ? paint.red(text) : paint.yellow(text)) + "\n";
  }
  return notices.empty() ? "" : "\n" + notices;
}

std::string brief_connections(const std::vector<connection_status>& all, timestamp now,
                              const palette& paint, std::size_t width) {
  const bool several = are_several_nodes(all);
  std::vector<text_table::column> columns{{"CONNECTION"}};
  if (several) columns.push_back({"NODE"});
  for (const auto* title : {"STATE", "LAST RUN", "NEXT RUN"}) columns.push_back({title});
  text_table table{std::move(columns)};
  for (const auto& c : all) {
    std::vector<std::string> cells{c.connection};
    if (several) cells.push_back(c.node);
    const bool known = c.state != connection_state::unreachable;
    cells.emplace_back(to_string(c.state));
    cells.push_back(brief_last_run(c, now));
    cells.push_back(known ? brief_next_run(c, now) : "-");
    table.add(cells);
  }
  return table.render(paint, width) + notices_of(all, paint, width);
}

std::string whole_connections(const std::vector<connection_status>& all, timestamp now,
                              const palette& paint) {
  const bool several = are_several_nodes(all);
  std::vector<text_table::column> columns{{"CONNECTION"}};
  if (several) columns.push_back({"NODE"});
  for (const auto* title : {"STATE", "MODE", "LAST RUN", "NEXT RUN", "HEALTH"})
    columns.push_back({title});
  text_table table{std::move(columns)};
  for (const auto& c : all) {
    std::vector<std::string> cells{c.connection};
    if (several) cells.push_back(c.node);
    const bool known = c.state != connection_state::unreachable;
    for (auto& cell :
         {std::string{to_string(c.state)}, known ? std::string{to_string(c.mode)} : "-",
          last_run_text(c, now), known ? next_run_text(c, now) : "-", health_text(c)})
      cells.push_back(cell);
    table.add(cells);
  }
  return table.render(paint);
}

}  // namespace

std::string connections_text(const std::vector<connection_status>& all, timestamp now,
                             const palette& paint, std::size_t width) {
  if (all.empty())
    return "no connections; the node's configuration names where their files are looked for\n";
  return width == text_table::unlimited ? whole_connections(all, now, paint)
                                        : brief_connections(all, now, paint, width);
}

std::string nodes_text(const std::vector<node_status>& all, timestamp now, const palette& paint,
                       std::size_t width) {
  const bool whole = width == text_table::unlimited;
  std::vector<text_table::column> columns{{"NODE"}, {"ADDRESS"}};
  if (whole) columns.push_back({"VERSION"});
  columns.push_back({"UPTIME", align::right});
  for (const auto* title : {"LINK", "CONNECTIONS"}) columns.push_back({title});
  text_table table{std::move(columns)};
  std::string problems;
  for (const auto& n : all) {
    const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
    auto link = std::string{to_string(n.link)};
    if (n.since && n.link != link_state::self)
      link += whole ? " since " + time_text(*n.since) : " " + relative_text(*n.since, now);
    if (n.ending && n.link != link_state::unreachable) link += ", ending";
    std::string connections;
    for (const auto& c : n.connections) connections += (connections.empty() ? "" : ", ") + c;
    const bool alive = n.link != link_state::unreachable;
    std::vector<std::string> cells{or_dash(n.node), or_dash(n.address)};
    if (whole) cells.push_back(or_dash(n.version));
    cells.push_back(alive && n.started_at ? duration_text(now - *n.started_at) : "-");
    cells.push_back(link);
    cells.push_back(or_dash(connections));
    table.add(cells);
    if (n.problem)
      problems += fmt::format("{}: {}\n", printable(n.node.empty() ? n.address : n.node),
                              paint.red(printable(n.problem.text())));
    if (n.certificate_ends_at && *n.certificate_ends_at - now < ends_soon)
      problems += fmt::format(
          "{}: {}\n", printable(n.node),
          paint.yellow(fmt::format("its certificate ends {} ({}); make another with `sluice tls "
                                   "init` and restart the node",
                                   relative_text(*n.certificate_ends_at, now),
                                   time_text(*n.certificate_ends_at))));
    if (n.link == link_state::self)
      for (const auto& c : n.conflicts)
        problems += fmt::format("{}: {}\n", printable(c),
                                paint.red("another node runs this connection, too"));
  }
  return table.render(paint, width) + (problems.empty() ? "" : "\n" + problems);
}

namespace {

/// Failures of runs: a line for each, as wide as allowed.
std::string reasons_of(const std::vector<run_record>& runs, const palette& paint,
                       std::size_t width) {
  const bool whole = width == text_table::unlimited;
  std::string reasons;
  for (const auto& run : runs) {
    std::string text;
    if (run.failed) {
      text = whole ? run.failed.text() : without_page(run.failed.message());
    } else if (run.counters.failures() > 0 && !whole) {
      text = fmt::format("{} rejected, {} invalid; see `sluice rejected {}`",
                         count_text(run.counters.rejected), count_text(run.counters.invalid),
                         run.connection);
    } else {
      continue;
    }
    const auto line = printable(run.run) + ": ";
    text = printable(text);
    if (!whole) text = shorten(text, width - std::min(width, line.size()));
    reasons += line + (run.failed ? paint.red(text) : paint.yellow(text)) + "\n";
  }
  return reasons.empty() ? "" : "\n" + reasons;
}

std::string brief_runs(const std::vector<run_record>& runs, timestamp now, const palette& paint,
                       std::size_t width) {
  text_table table{{{"RUN"},
                    {"TYPE"},
                    {"STATE"},
                    {"STARTED", align::right},
                    {"TOOK", align::right},
                    {"DELIVERED", align::right}}};
  for (const auto& run : runs)
    table.add({run.run, run.type == run_type::full ? "full" : "incr", brief_state(run),
               relative_text(run.started_at, now), clock_text(elapsed(run, now)),
               count_text(run.counters.delivered)});
  return table.render(paint) + reasons_of(runs, paint, width);
}

std::string whole_runs(const std::vector<run_record>& runs, timestamp now, const palette& paint) {
  text_table table{{{"RUN"},
                    {"TYPE"},
                    {"TRIGGER"},
                    {"STATE"},
                    {"STARTED"},
                    {"TOOK", align::right},
                    {"READ", align::right},
                    {"INSERTS", align::right},
                    {"UPDATES", align::right},
                    {"DELETES", align::right},
                    {"DELIVERED", align::right},
                    {"REJECTED", align::right},
                    {"INVALID", align::right},
                    {"UNDELIVERED", align::right}}};
  for (const auto& run : runs) {
    const auto& n = run.counters;
    table.add({run.run, std::string{to_string(run.type)}, std::string{to_string(run.trigger)},
               std::string{state_in_words(run)}, time_text(run.started_at),
               duration_text(elapsed(run, now)), count_text(n.read), count_text(n.inserts),
               count_text(n.updates), count_text(n.deletes), count_text(n.delivered),
               count_text(n.rejected), count_text(n.invalid), count_text(n.undelivered)});
  }
  return table.render(paint) + reasons_of(runs, paint, text_table::unlimited);
}

}  // namespace

std::string runs_text(const std::vector<run_record>& runs, timestamp now, const palette& paint,
                      std::size_t width) {
  if (runs.empty()) return "no runs yet\n";
  return width == text_table::unlimited ? whole_runs(runs, now, paint)
                                        : brief_runs(runs, now, paint, width);
}

std::string rejected_note(const counted_list& rows) {
  const auto& [shown, limit, all] = rows;
  if (shown >= limit)
    return fmt::format("the latest {}{}; --limit shows more", count_text(shown),
                       all > shown ? " of " + count_text(all) : "");
  if (all <= shown) return "";
  return fmt::format("{} of {} are listed; of the others only the number is kept",
                     count_text(shown), count_text(all, "rejected row"));
}

namespace {

std::string brief_rejected(const std::vector<rejected_row>& rows, timestamp now,
                           const palette& paint, std::size_t width) {
  constexpr std::size_t longest_key = 24;
  text_table table{{{"KEY"}, {"OP"}, {"TRIES", align::right}, {"LAST"}, {"REASON"}}};
  for (const auto& row : rows)
    table.add({shorten(printable(row.key), longest_key), row.operation, count_text(row.attempts),
               relative_text(row.last_at, now), without_page(row.reason)});
  return table.render(paint, width);
}

std::string whole_rejected(const std::vector<rejected_row>& rows, timestamp now,
                           const palette& paint) {
  const bool coded =
      std::ranges::any_of(rows, [](const auto& row) { return row.status.has_value(); });
  std::vector<text_table::column> columns{
      {"KEY"}, {"OPERATION"}, {"ATTEMPTS", align::right}, {"FIRST"}, {"LAST"}};
  if (coded) columns.push_back({"STATUS", align::right});
  const bool doubted = std::ranges::any_of(rows, &rejected_row::in_doubt);
  if (doubted) columns.push_back({"IN DOUBT"});
  columns.push_back({"REASON"});
  text_table table{std::move(columns)};
  for (const auto& row : rows) {
    std::vector<std::string> cells{row.key, row.operation, count_text(row.attempts),
                                   relative_text(row.first_at, now),
                                   relative_text(row.last_at, now)};
    if (coded) cells.push_back(row.status ? std::to_string(*row.status) : "-");
    if (doubted) cells.emplace_back(row.in_doubt ? "yes" : "-");
    cells.push_back(row.reason);
    table.add(cells);
  }
  return table.render(paint);
}

}  // namespace

std::string rejected_text(const std::vector<rejected_row>& rows, timestamp now,
                          const palette& paint, std::size_t width) {
  if (rows.empty()) return "no rejected rows\n";
  return width == text_table::unlimited ? whole_rejected(rows, now, paint)
                                        : brief_rejected(rows, now, paint, width);
}

std::string reasons_text(const std::vector<rejected_reason>& reasons, timestamp now,
                         const palette& paint, std::size_t width) {
  if (reasons.empty()) return "no rejected rows\n";
  const bool whole = width == text_table::unlimited;
  text_table table{{{"ROWS", align::right}, {"LAST"}, {"REASON"}}};
  for (const auto& r : reasons)
    table.add({count_text(r.rows), relative_text(r.last_at, now),
               whole ? r.reason : without_page(r.reason)});
  return table.render(paint, width);
}

}  // namespace sluice::cli
