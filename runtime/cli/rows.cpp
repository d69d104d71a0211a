// `sluice rows`: what became of each row of a run, from its row log.
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/row_lines.hpp"

namespace sluice::cli {
namespace {

template <class Show>
void show_rows(const rows_options& what, const shim_options& how, const Show& show) {
  auto node = connect(how);
  each_row(node, what.connection,
           {.run = what.run, .outcome = what.outcome, .text = what.text, .limit = what.limit},
           show);
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
