// `sluice reset`
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/humanize.hpp"
#include "runtime/cli/render_lists.hpp"
#include "runtime/cli/render_run.hpp"

namespace sluice::cli {
namespace {

std::string question(const connection_status& status, bool assume_synced) {
  return fmt::format("Forget what the destination of {} has acknowledged ({})? {}",
                     printable(status.connection), count_text(status.ledger_rows, "row"),
                     assume_synced
                         ? "The rows of the source then count as acknowledged, unsent. [y/N] "
                         : "The next run delivers every row again. [y/N] ");
}

/// Records the rows of the source as acknowledged, and prints the result.
exit_code assume(net::node_client& node, const connection_name& connection, const shim_options& how,
                 output& out) {
  const auto started = node.call(command::start{
      connection,
      {.assume_synced = true, .trigger = run_trigger::manual, .requested_by = caller_of(how)}});
  const auto ended = follow(node, started, progress::none, out);
  if (out.json())
    out.document(to_json(ended));
  else
    out.result(summary_text(ended, now(), out.paint()));
  return code_of(ended);
}

}  // namespace

exit_code run(const reset_options& what, const shim_options& how, output& out) {
  if (!what.yes)
    output::require_terminal("reset", what.connection, "add --yes to forget without being asked");
  auto node = connect(how);
  if (!what.yes &&
      !out.ask(question(node.call(command::status{what.connection}), what.assume_synced)))
    throw failure(errc::cancelled, "reset", what.connection, "not confirmed",
                  "nothing was forgotten");
  const auto status = node.call(command::reset{what.connection});
  if (what.assume_synced) return assume(node, what.connection, how, out);
  if (out.json())
    out.document(to_json(status));
  else
    out.result(status_text(status, now(), out.paint()));
  return exit_code::done;
}

}  // namespace sluice::cli
