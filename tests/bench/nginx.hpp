// A web server to deliver to that costs as little as one can: what it takes is thrown away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::bench {

/// nginx with two workers on a port of its own on loopback. It answers every request with 200 and
/// {}, over connections that stay open; bodies it reads and drops. Its files are in a directory
/// that goes with it.
class nginx {
 public:
  /// Starts it. Throws std::runtime_error with its log if it does not answer.
  nginx();

  /// Connections are refused from now on; requests under way are cut.
  void stop();
  /// Again, on the same port.
  void start();

  [[nodiscard]] std::string url(const std::string& path) const;

  struct counts {
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;
  };
  /// What it has taken since it was started. REQUIRES: it runs.
  counts served();

 private:
  bool answers();

  test::temp_dir dir_;
  std::uint16_t port_;
  std::unique_ptr<test::process> process_;
  std::uint64_t asked_ = 0;  ///< how often `served` was the one to connect
  counts last_;
};

}  // namespace sluice::bench
