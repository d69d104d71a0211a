#include "runtime/api/known_hosts.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::api {
namespace {

/// Where the port begins, with its colon; the end if there is none.
std::size_t port_in(std::string_view host) {
  const auto colon = host.rfind(':');
  const auto close = host.rfind(']');
  const bool inside = close != std::string_view::npos && colon < close;
  return colon == std::string_view::npos || inside ? host.size() : colon;
}

}  // namespace

known_hosts::known_hosts(const std::string& listen, std::uint16_t port, bool encrypted,
                         const std::vector<std::string>& others) {
  const auto behind = ":" + std::to_string(port);
  std::vector<std::string> own{"localhost" + behind, "127.0.0.1" + behind, "[::1]" + behind,
                               listen};
  for (const auto& host : own) {
    with_port_.push_back(host);
    // Browsers leave out the port that a scheme has anyway.
    if (port == (encrypted ? 443 : 80)) with_port_.push_back(host.substr(0, port_in(host)));
  }
  for (const auto& host : others)
    (port_in(host) == host.size() ? with_any_port_ : with_port_).push_back(host);
}

bool known_hosts::knows(const std::string& host) const {
  const auto is_one_of = [](const std::vector<std::string>& hosts, std::string_view text) {
    return std::ranges::find(hosts, text) != hosts.end();
  };
  if (is_one_of(with_port_, host)) return true;
  const auto colon = port_in(host);
  const std::string_view port = std::string_view(host).substr(std::min(colon + 1, host.size()));
  return is_one_of(with_any_port_, std::string_view(host).substr(0, colon)) &&
         std::ranges::all_of(port, is_digit);
}

std::optional<refusal> known_hosts::refuse(const web::request& r) const {
  const auto [first, end] = r.headers.equal_range(std::string_view("Host"));
  const auto times = std::distance(first, end);
  std::string host = times == 0 ? "" : first->second;
  std::ranges::transform(host, host.begin(), lower);
  if (times == 1 && knows(host)) return std::nullopt;
  const auto named = times == 0   ? std::string("the request names no host")
                     : times == 1 ? "this node is not known as '" + host + "'"
                                  : "the request names more than one host";
  return refusal{421, "unknown_host", named,
                 "reach it by the address that it listens on, or add the host of your address to "
                 "\"hosts\" in the section \"api\" of node.json and restart the node"};
}

}  // namespace sluice::api
