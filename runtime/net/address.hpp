// Where a node listens, as people write it: `unix:PATH`, `tls:HOST:PORT` or `tcp:HOST:PORT`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::net {

/// The address of a node: a Unix socket on this machine, or a TCP port, behind TLS or bare.
struct address {
  std::filesystem::path path;  ///< as written; relative to the working directory; empty for TCP
  std::string host = {};       ///< a name or a numeric address without brackets; TCP only
  std::uint16_t port = 0;      ///< TCP only
  bool bare = false;           ///< TCP without TLS

  bool operator==(const address&) const = default;
  [[nodiscard]] bool is_unix() const { return host.empty(); }
  [[nodiscard]] bool is_tls() const { return !is_unix() && !bare; }
  /// A TCP port that only this machine can reach.
  [[nodiscard]] bool is_loopback() const;
  /// The written form.
  [[nodiscard]] std::string text() const;
};

/// The longest path that the kernel takes for a Unix socket, in bytes (sun_path less its NUL).
inline constexpr std::size_t max_socket_path = 107;

/// A numeric IPv4 or IPv6 address, without brackets.
bool is_ip_address(const std::string& host);

/// Throws `failure` (usage) that says what an address looks like.
address parse_address(std::string_view text);

}  // namespace sluice::net
