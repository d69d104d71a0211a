// A TCP port that this process listens on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/os/unique_fd.hpp"

namespace sluice::web {

/// Clients may connect as soon as it exists, and wait until they are accepted.
class listening_port {
 public:
  /// `host`: a numeric IPv4 or IPv6 address. Port 0: any that is free. `setting`: the key of the
  /// configuration that names them. Throws `failure` (state_locked if another process listens
  /// there, else invalid_config) with a hint.
  listening_port(const std::string& host, std::uint16_t port,
                 std::string_view setting = "http.listen");

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  os::unique_fd fd_;
  std::uint16_t port_;
};

}  // namespace sluice::web
