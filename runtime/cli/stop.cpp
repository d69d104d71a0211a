// `sluice stop`
#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/render_run.hpp"

namespace sluice::cli {
namespace {

/// Asks for confirmation, unless nothing would be stopped: then the node's refusal is clearer.
void confirm(net::node_client& node, const stop_options& what, output& out) {
  const auto status = node.call(command::status{what.connection});
  if (!status.run || has_ended(status.run->state)) return;
  if (!out.ask(stop_question(*status.run, what.now, now())))
    throw failure(errc::cancelled, "stop sync", what.connection, "not confirmed",
                  "the run goes on");
}

}  // namespace

exit_code run(const stop_options& what, const shim_options& how, output& out) {
  if (!what.yes)
    output::require_terminal("stop sync", what.connection, "add --yes to stop without being asked");
  auto node = connect(how);
  if (!what.yes) confirm(node, what, out);
  auto stopped = node.call(
      command::stop{what.connection, {.abandon = what.now, .requested_by = caller_of(how)}});
  if (what.wait) stopped = follow(node, stopped, progress::none, out);
  if (out.json())
    out.document(to_json(stopped));
  else if (what.wait)
    out.result(summary_text(stopped, now(), out.paint()));
  else
    out.result(stopping_text(stopped, what.now, out.paint()));
  // A stopped run is a success of this command; a run that failed first is not.
  const auto code = what.wait ? code_of(stopped) : exit_code::done;
  return code == exit_code::stopped ? exit_code::done : code;
}

}  // namespace sluice::cli
