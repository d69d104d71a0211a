// The `http` section of a node: the listener for metrics and health.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

constexpr auto example = "name an address and a port: \"127.0.0.1:9464\"";

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/// The numeric address of `localhost` or of a numeric host; nothing for other names. A name could
/// later resolve to an address that other machines reach.
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

std::string http_listener_config::url() const {
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<http_listener_config> read_http_listener(const json_value& value) {
  if (!value.present()) return std::nullopt;
  section http(value);
  const auto listen = http.required("listen", example);
  http_listener_config out;
  out.insecure = http.boolean("insecure", out.insecure);
  const auto text = listen.as_text();
  if (!text) return std::nullopt;
  const auto colon = text->rfind(':');
  const auto host = host_of(std::string_view(*text).substr(0, colon));
  const auto port = colon == std::string::npos ? std::nullopt
                                               : port_of(std::string_view(*text).substr(colon + 1));
  if (!host || !port) {
    listen.complain(listen.quoted() + (host ? " has no port from 1 to 65535"
                                            : " does not begin with a numeric address"),
                    example);
    return std::nullopt;
  }
  if (!out.insecure && !is_loopback(*host)) {
    listen.complain(listen.quoted() + " can be reached from other machines",
                    "there is no authentication: listen on 127.0.0.1, or add \"insecure\": true");
    return std::nullopt;
  }
  out.host = *host;
  out.port = *port;
  return out;
}

}  // namespace sluice::config
