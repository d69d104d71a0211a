// `sluice sync`
#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/render_run.hpp"

namespace sluice::cli {

exit_code run(const sync_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  const bool follows = what.wait || what.watch;
  const auto started = node.call(command::start{what.connection,
                                                {.full = what.full,
                                                 .wait = follows,
                                                 .allow_deletes = what.allow_deletes,
                                                 .trigger = run_trigger::manual,
                                                 .requested_by = caller_of(how)}});
  if (!out.json()) out.note(started_text(started));
  if (!follows) {
    // The id alone, for use in scripts.
    if (out.json())
      out.document(to_json(started));
    else
      out.result(started.run + "\n");
    return exit_code::done;
  }
  const auto ended = follow(node, started, what.watch ? progress::shown : progress::none, out);
  if (!out.json())
    out.result(summary_text(ended, now(), out.paint()));
  else if (!what.watch)  // the last of the watched documents was this one
    out.document(to_json(ended));
  return code_of(ended);
}

}  // namespace sluice::cli
