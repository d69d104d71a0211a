#include "runtime/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>

#include "messages/error.hpp"

namespace sluice::net {
namespace {

constexpr std::string_view operation = "read address";
constexpr std::string_view form =
    "an address is unix:PATH, for example unix:state/sluice.sock, or tls:HOST:PORT, for example "
    "tls:b.example:4600";

static_assert(sizeof(sockaddr_un::sun_path) == max_socket_path + 1);

[[noreturn]] void refuse(std::string_view text, std::string cause, std::string hint) {
  throw failure(errc::usage, std::string{operation}, std::string{text}, std::move(cause),
                std::move(hint));
}

address parse_tcp(std::string_view text, std::string_view rest, bool bare) {
  const auto colon = rest.rfind(':');
  auto host = rest.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string_view::npos) {
    const auto digits = rest.substr(colon + 1);
    const auto* const end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, port);
    if (failed != std::errc{} || stop != end) port = 0;
  }
  if (port == 0) refuse(text, "it has no port from 1 to 65535", std::string{form});
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of(std::string_view{"[]\0", 3}) != std::string_view::npos)
    refuse(text.substr(0, text.find('\0')), "the host is missing", std::string{form});
  if (!bracketed && host.find(':') != std::string_view::npos)
    refuse(text, "an IPv6 address has to stand in brackets", "write tls:[::1]:4600");
  return {.path = {}, .host = std::string{host}, .port = port, .bare = bare};
}

}  // namespace

std::string address::text() const {
  if (is_unix()) return "unix:" + path.string();
  const bool v6 = host.find(':') != std::string::npos;
  return (bare ? "tcp:" : "tls:") + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_ip_address(const std::string& host) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool address::is_loopback() const {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

address parse_address(std::string_view text) {
  constexpr std::string_view scheme = "unix:";
  constexpr std::string_view tls_scheme = "tls:";
  constexpr std::string_view bare_scheme = "tcp:";
  if (text.starts_with(tls_scheme)) return parse_tcp(text, text.substr(tls_scheme.size()), false);
  if (text.starts_with(bare_scheme)) return parse_tcp(text, text.substr(bare_scheme.size()), true);
  if (!text.starts_with(scheme))
    refuse(text, "it does not begin with a known kind of address", std::string{form});
  const auto path = text.substr(scheme.size());
  if (path.empty()) refuse(text, "the path is missing", std::string{form});
  if (path.find('\0') != std::string_view::npos)
    refuse(text.substr(0, text.find('\0')), "the path contains a NUL byte", std::string{form});
  if (path.size() > max_socket_path)
    refuse(text,
           "the path has " + std::to_string(path.size()) + " bytes; a Unix socket takes at most " +
               std::to_string(max_socket_path),
           "use a shorter path, or one relative to the working directory");
  return {std::filesystem::path{path}};
}

}  // namespace sluice::net
