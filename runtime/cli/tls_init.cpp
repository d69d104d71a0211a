// `sluice tls init`
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/tls/deployment.hpp"

namespace sluice::cli {
namespace {

/// `node:a=a.example,10.0.0.7`, `operator:ci`.
tls::member parse_member(const std::string& text) {
  const auto equals = text.find('=');
  const auto who = net::parse_party(text.substr(0, equals));
  if (!who)
    throw failure(errc::usage, "read member", text, "it does not say who gets a certificate",
                  "write node:NAME=HOST,HOST, operator:NAME or observer:NAME");
  tls::member out{*who};
  if (equals == std::string::npos) return out;
  if (who->kind != net::party_kind::node)
    throw failure(errc::usage, "read member", text, "only a node is reached at a host",
                  "leave out what follows '='");
  for (std::size_t begin = equals + 1;;) {
    const auto comma = text.find(',', begin);
    out.hosts.push_back(text.substr(begin, comma - begin));
    if (comma == std::string::npos) return out;
    begin = comma + 1;
  }
}

}  // namespace

exit_code run(const tls_init_options& what, output& out) {
  tls::deployment_options wanted;
  wanted.directory = what.directory;
  wanted.valid_for = std::chrono::days{what.days};
  std::ranges::transform(what.members, std::back_inserter(wanted.members), parse_member);
  const auto written = tls::set_up(wanted, now());
  if (out.json()) {
    auto files = nlohmann::ordered_json::array();
    for (const auto& file : written) files.push_back(file.string());
    out.document({{"files", files}});
    return exit_code::done;
  }
  std::string text;
  for (const auto& file : written) text += file.string() + "\n";
  out.result(text);
  out.note("keep ca.key away from the nodes: whoever has it can join them");
  return exit_code::done;
}

}  // namespace sluice::cli
