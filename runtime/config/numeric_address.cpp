#include "runtime/config/numeric_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

std::optional<std::string> host_of(std::string_view text) {
  if (text == "localhost") return "127.0.0.1";
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string host(bracketed ? text.substr(1, text.size() - 2) : text);
  in6_addr any{};
  if (::inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), &any) != 1) return std::nullopt;
  return host;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, port);
  if (failed != std::errc{} || rest != end || port == 0) return std::nullopt;
  return port;
}

}  // namespace

bool numeric_address::is_loopback() const {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string numeric_address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<numeric_address> read_numeric_address(const json_value& listen,
                                                    const std::string& example) {
  const auto text = listen.as_text();
  if (!text) return std::nullopt;
  const auto colon = text->rfind(':');
  const auto host = host_of(std::string_view(*text).substr(0, colon));
  const auto port = colon == std::string::npos ? std::nullopt
                                               : port_of(std::string_view(*text).substr(colon + 1));
  if (host && port) return numeric_address{*host, *port};
  listen.complain(listen.quoted() + (host ? " has no port from 1 to 65535"
                                          : " does not begin with a numeric address"),
                  example);
  return std::nullopt;
}

}  // namespace sluice::config
