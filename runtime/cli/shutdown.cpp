// `sluice shutdown`
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"

namespace sluice::cli {

namespace {

/// Returns when the node is gone. A node that is there but does not answer is an error.
void await_end(net::node_client& node) {
  constexpr std::chrono::milliseconds interval{100};
  for (;;) {
    try {
      static_cast<void>(node.call(command::connections{}));
    } catch (const failure& f) {
      if (f.info().code != errc::unreachable) throw;
      return;
    }
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace

exit_code run(const shutdown_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  const auto active = node.call(command::shutdown{what.now});
  const auto& name = node.node().name;
  if (what.wait) {
    if (!out.json() && active > 0) out.note("waits for " + count_text(active, "active run"));
    await_end(node);
  }
  if (out.json()) {
    out.document(nlohmann::ordered_json{{"node", name}, {"active", active}});
    return exit_code::done;
  }
  const auto runs = count_text(active, "active run");
  std::string first;
  if (active > 0)
    first = what.now ? runs + " abandoned" : runs + (what.wait ? " drained" : " drained first");
  out.result(fmt::format("node {} {}{}\n", printable(name), what.wait ? "has ended" : "shuts down",
                         first.empty() ? "" : "; " + first));
  return exit_code::done;
}

}  // namespace sluice::cli
