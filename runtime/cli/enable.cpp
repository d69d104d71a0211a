// `sluice enable` and `sluice disable`
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/render_lists.hpp"

namespace sluice::cli {
namespace {

exit_code print(const connection_status& status, const std::string& happened, output& out) {
  if (out.json()) {
    out.document(to_json(status));
  } else {
    out.note(happened);
    out.result(status_text(status, now(), out.paint()));
  }
  return exit_code::done;
}

}  // namespace

exit_code run(const enable_options& what, const shim_options& how, output& out) {
  const auto status = connect(how).call(command::enable{what.connection});
  return print(status, fmt::format("{} is enabled", printable(what.connection)), out);
}

exit_code run(const disable_options& what, const shim_options& how, output& out) {
  const auto status = connect(how).call(command::disable{what.connection});
  const bool drains = status.state == connection_state::draining;
  return print(status,
               fmt::format("{} is disabled{}", printable(what.connection),
                           drains ? "; what is in flight drains" : ""),
               out);
}

}  // namespace sluice::cli
