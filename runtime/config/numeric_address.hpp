// Where a node serves HTTP, as people write it: `127.0.0.1:9464`.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::config {

/// A numeric address and a port. A name could become another address, and so one that other
/// machines reach; `localhost` alone is taken, as 127.0.0.1.
struct numeric_address {
  std::string host;  ///< IPv4 or IPv6, without brackets
  std::uint16_t port = 0;

  bool operator==(const numeric_address&) const = default;
  /// No other machine reaches it.
  [[nodiscard]] bool is_loopback() const;
  /// `127.0.0.1:9464`, `[::1]:9464`.
  [[nodiscard]] std::string text() const;
};

}  // namespace sluice::config
