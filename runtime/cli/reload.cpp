// `sluice reload`
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"
#include "runtime/cli/text_table.hpp"

namespace sluice::cli {
namespace {

std::string line_of(const char* what, const std::vector<connection_name>& connections,
                    std::size_t width) {
  if (connections.empty()) return "";
  const auto line = fmt::format("{:<10}{:>5}  {}", what, count_text(connections.size()),
                                printable(fmt::format("{}", fmt::join(connections, ", "))));
  return (width == text_table::unlimited ? line : shorten(line, width)) + "\n";
}

std::string text_of(const reload_report& r, std::size_t width) {
  return line_of("added", r.added, width) + line_of("removed", r.removed, width) +
         line_of("changed", r.changed, width) + line_of("stopped", r.restarting, width) +
         fmt::format("{:<10}{:>5}\n", "as before", count_text(r.unchanged));
}

}  // namespace

exit_code run(const reload_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  const auto report = node.call(command::reload{});
  const error refused{errc::invalid_config, "reload", node.node().name,
                      "the configuration has " + count_text(report.problems.size(), "problem"),
                      "nothing was changed; mend them and reload again"};
  if (out.json()) {
    auto document = to_json(report);
    if (!report.problems.empty()) document["error"] = to_json(refused);
    out.document(document);
  } else if (!report.problems.empty()) {
    for (const auto& problem : report.problems) out.note(printable(problem));
    out.report(refused);
  } else {
    for (const auto& warning : report.warnings) out.note("warning: " + printable(warning));
    out.result(text_of(report, what.wide ? text_table::unlimited : output::width()));
  }
  return report.problems.empty() ? exit_code::done : code_of(refused);
}

}  // namespace sluice::cli
