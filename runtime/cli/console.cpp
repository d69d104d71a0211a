// `sluice console`
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/cli/browser.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/humanize.hpp"

namespace sluice::cli {
namespace {

/// Everything behind `#` stays in the browser: no server and no proxy on the way logs the code.
std::string url_of(const console_code& signs_in, const connection_name& connection) {
  const auto url = signs_in.address + "#code=" + signs_in.code;
  return connection.empty() ? url : url + "&to=connections/" + connection;
}

}  // namespace

exit_code run(const console_options& what, const shim_options& how, output& out) {
  auto node = connect(how);
  if (!what.connection.empty()) static_cast<void>(node.call(command::status{what.connection}));
  const auto signs_in = node.call(command::console{caller_of(how)});
  const auto url = url_of(signs_in, what.connection);
  if (out.json()) {
    out.document(nlohmann::ordered_json{
        {"url", url}, {"code", signs_in.code}, {"expires_in_s", signs_in.seconds}});
    return exit_code::done;
  }
  const bool opened = !what.print && open_in_browser(url);
  out.note(fmt::format("{}; it signs in once, within {} s",
                       opened ? "the browser opens this address" : "open this address in a browser",
                       signs_in.seconds));
  out.result(url + "\n");
  return exit_code::done;
}

}  // namespace sluice::cli
