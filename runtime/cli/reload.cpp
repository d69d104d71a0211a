// `sluice reload`
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"

namespace sluice::cli {
namespace {

std::string line_of(const char* what, const std::vector<std::string>& connections) {
  return connections.empty() ? "" : fmt::format("{:<10}{}\n", what, fmt::join(connections, ", "));
}

std::string text_of(const reload_report& r) {
  return line_of("added", r.added) + line_of("removed", r.removed) + line_of("changed", r.changed) +
         line_of("stopped", r.restarting) + fmt::format("{:<10}{}\n", "as before", r.unchanged);
}

}  // namespace

exit_code run(const reload_options& /*what*/, const shim_options& how, output& out) {
  auto node = connect(how);
  const auto report = node.reload();
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
    out.result(text_of(report));
  }
  return report.problems.empty() ? exit_code::done : code_of(refused);
}

}  // namespace sluice::cli
