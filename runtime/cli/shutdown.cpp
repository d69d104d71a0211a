// `sluice shutdown`
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"

namespace sluice::cli {

exit_code run(const shutdown_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  const auto active = node.shutdown(what.now);
  const auto& name = node.node().name;
  if (out.json()) {
    out.document(nlohmann::ordered_json{{"node", name}, {"active", active}});
    return exit_code::done;
  }
  const auto runs = count_text(active, "active run");
  std::string first;
  if (active > 0) first = what.now ? runs + " abandoned" : runs + " drained first";
  out.result(
      fmt::format("node {} shuts down{}\n", printable(name), first.empty() ? "" : "; " + first));
  return exit_code::done;
}

}  // namespace sluice::cli
