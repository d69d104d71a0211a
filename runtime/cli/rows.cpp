// `sluice rows`: what became of each row of a run, from its row log.
#include <algorithm>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"

namespace sluice::cli {
namespace {

/// Calls `show` with each line that is asked for, until there are no more.
template <class Show>
void show_rows(const rows_options& what, const shim_options& how, const Show& show) {
  auto node = connect(how);
  std::string cursor;
  for (std::uint32_t shown = 0; shown < what.limit;) {
    const auto page = node.call(command::row_log{what.connection,
                                                 {.run = what.run,
                                                  .outcome = what.outcome,
                                                  .text = what.text,
                                                  .limit = what.limit - shown,
                                                  .cursor = cursor}});
    for (const auto& line : page.lines) show(line);
    shown += static_cast<std::uint32_t>(page.lines.size());
    // Of a run that goes on there are no more for now when a page leads nowhere.
    if (page.next.empty() || page.next == cursor) return;
    cursor = page.next;
  }
}

}  // namespace

exit_code run(const rows_options& what, const shim_options& how, output& out) {
  if (!out.json()) {
    show_rows(what, how, [&](const std::string& line) { out.result(line + "\n"); });
    return exit_code::done;
  }
  std::string document = "[";
  show_rows(what, how, [&](const std::string& line) {
    if (document.size() > 1) document += ',';
    document += line;
  });
  out.document_text(document + "]");
  return exit_code::done;
}

}  // namespace sluice::cli
