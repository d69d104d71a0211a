// Where a node listens, as people write it: `unix:PATH`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::net {

/// The address of a node. Unix-domain sockets are the one kind there is today.
struct address {
  std::filesystem::path path;  ///< as written; relative to the working directory

  bool operator==(const address&) const = default;
  /// The written form, `unix:PATH`.
  [[nodiscard]] std::string text() const { return "unix:" + path.string(); }
};

/// The longest path that the kernel takes for a Unix socket, in bytes (sun_path less its NUL).
inline constexpr std::size_t max_socket_path = 107;

/// Throws `failure` (usage) that says what an address looks like.
address parse_address(std::string_view text);

}  // namespace sluice::net
