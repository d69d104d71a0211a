// The commands that change nothing: status, connections, nodes, runs, rejected.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/render_lists.hpp"
#include "runtime/config/effective.hpp"

namespace sluice::cli {
namespace {

template <class T>
nlohmann::ordered_json to_array(const std::vector<T>& items) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

/// The width of a list in columns.
std::size_t width_of_list(bool wide) { return wide ? text_table::unlimited : output::width(); }

/// Notes that there may be more: a list as long as its limit may have been cut.
void note_limit(std::uint64_t shown, std::uint64_t limit, output& out) {
  if (shown >= limit) out.note(fmt::format("the latest {}; --limit shows more", limit));
}

/// Calls `show` with one page of runs after the other, newest first: only one page is in memory.
/// Without any run `show` gets one empty page. Returns how many runs were shown.
template <class Show>
std::uint64_t show_runs(const runs_options& what, const shim_options& how, const Show& show) {
  auto node = connect(how);
  const auto limit = what.all ? std::numeric_limits<std::uint64_t>::max() : what.limit;
  std::uint64_t shown = 0;
  run_id before;
  for (;;) {
    const auto wanted = std::min<std::uint64_t>(limit - shown, most_runs_listed);
    const auto page =
        node.call(command::runs{what.connection,
                                {.limit = static_cast<std::uint32_t>(wanted), .before = before}})
            .runs;
    if (!page.empty() || shown == 0) show(page);
    shown += page.size();
    if (page.size() < wanted || shown >= limit) return shown;
    before = page.back().run;
  }
}

}  // namespace

exit_code run(const status_options& what, const shim_options& how, output& out) {
  if (what.settings) {
    const auto shown = connect(how).call(command::configuration{what.connection});
    const config::effective_file file{shown.file, shown.json, shown.defaults};
    if (out.json())
      out.document(config::to_json(file));
    else
      out.result(config::text_of(file));
    return exit_code::done;
  }
  const auto status = connect(how).call(command::status{what.connection});
  if (out.json())
    out.document(to_json(status));
  else
    out.result(status_text(status, now(), out.paint()));
  return exit_code::done;
}

exit_code run(const connections_options& what, const shim_options& how, output& out) {
  const auto all = connect(how).call(command::connections{});
  if (out.json()) {
    out.document(to_array(all));
  } else if (what.names) {
    std::string names;
    for (const auto& status : all) names += status.connection + "\n";
    out.result(names);
  } else {
    out.result(connections_text(all, now(), out.paint(), width_of_list(what.wide)));
  }
  return exit_code::done;
}

exit_code run(const nodes_options& what, const shim_options& how, output& out) {
  const auto all = connect(how).call(command::nodes{});
  if (out.json())
    out.document(to_array(all));
  else
    out.result(nodes_text(all, now(), out.paint(), width_of_list(what.wide)));
  return exit_code::done;
}

exit_code run(const runs_options& what, const shim_options& how, output& out) {
  if (out.json()) {
    array_document runs(out);
    try {
      show_runs(what, how, [&](const std::vector<run_record>& page) {
        for (const auto& run : page) runs.add(to_json(run));
        runs.print();
      });
    } catch (const failure& e) {
      if (!runs.begun()) throw;
      // The array is left unfinished: an end would suggest that it is complete, and a second
      // document must not follow.
      out.report_to_people(e.info());
      return code_of(e.info());
    }
    runs.end();
    return exit_code::done;
  }
  bool first = true;
  const auto shown = show_runs(what, how, [&](const std::vector<run_record>& page) {
    if (!std::exchange(first, false)) out.result("\n");
    out.result(runs_text(page, now(), out.paint(), width_of_list(what.wide)));
  });
  if (!what.all) note_limit(shown, what.limit, out);
  return exit_code::done;
}

exit_code run(const rejected_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  const auto found = node.call(
      command::rejected{what.connection, {.limit = what.limit, .by_reason = what.reasons}});
  const auto width = width_of_list(what.wide);
  if (what.reasons) {
    if (out.json())
      out.document_text(to_json_text(found.reasons));
    else
      out.result(reasons_text(found.reasons, now(), out.paint(), width));
    return exit_code::done;
  }
  const auto& rows = found.rows;
  if (out.json()) {
    out.document_text(to_json_text(rows));
    return exit_code::done;
  }
  out.result(rejected_text(rows, now(), out.paint(), width));
  // The rows of an active run are not counted yet.
  const auto listed = node.call(command::status{what.connection}).rejected_rows;
  const auto all = std::max<std::uint64_t>(listed, rows.size());
  const auto note = rejected_note({.shown = rows.size(), .limit = what.limit, .all = all});
  if (!note.empty()) out.note(note);
  return exit_code::done;
}

}  // namespace sluice::cli
