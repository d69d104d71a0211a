// `sluice credentials`
#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"
#include "runtime/cli/node_file.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/credentials/credential_status.hpp"
#include "runtime/node/state_dir.hpp"

namespace sluice::cli {
namespace {

std::string relative_or_dash(const std::optional<timestamp>& time, timestamp now) {
  return time ? relative_text(*time, now) : "-";
}

std::string text_of(const std::vector<credential_status>& all, timestamp now,
                    const palette& paint) {
  if (all.empty()) return "no credentials; node.json may have them in \"credentials\"\n";
  text_table table{{{"CREDENTIAL"}, {"KIND"}, {"AUTHORISED"}, {"REFRESHED"}, {"ENDS"}}};
  std::string problems;
  for (const auto& each : all) {
    table.add({each.credential, each.kind, relative_or_dash(each.kept_since, now),
               relative_or_dash(each.last.refreshed_at, now),
               relative_or_dash(each.last.ends_at, now)});
    if (each.last.problem)
      problems +=
          printable(each.credential) + ": " + paint.red(printable(each.last.problem.text())) + "\n";
  }
  return table.render(paint) + (problems.empty() ? "" : "\n" + problems);
}

/// What the files of a node tell, which need not run.
std::vector<credential_status> credentials_of(const std::filesystem::path& file) {
  const auto node = node_of(file);
  return credentials::list_credentials(node.credentials, node.name,
                                       node::credentials_in(node.state_dir));
}

}  // namespace

exit_code run(const credentials_options& what, const shim_options& how, output& out) {
  const auto all =
      what.config.empty() ? connect(how).call(command::credentials{}) : credentials_of(what.config);
  if (!out.json()) {
    out.result(text_of(all, now(), out.paint()));
    return exit_code::done;
  }
  auto document = nlohmann::ordered_json::array();
  for (const auto& each : all) document.push_back(to_json(each));
  out.document(document);
  return exit_code::done;
}

}  // namespace sluice::cli
