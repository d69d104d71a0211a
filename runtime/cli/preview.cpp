// `sluice preview`
#include <optional>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/render_preview.hpp"

namespace sluice::cli {

exit_code run(const preview_arguments& what, const shim_options& how, output& out) {
  auto node = connect(how);
  // After Ctrl-C the node notices that this process is gone, and reads no further.
  std::optional<interrupt_note> note;
  note.emplace("the preview was given up; nothing was moved");
  const auto seen =
      node.call(command::preview{what.connection, {.full = what.full, .samples = what.limit}},
                how.limited ? std::optional{how.timeout} : std::nullopt);
  note.reset();
  if (out.json())
    out.document_text(preview_to_json_text(seen));
  else
    out.result(preview_text(seen, out.paint()));
  return exit_code::done;
}

}  // namespace sluice::cli
