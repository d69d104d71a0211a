// How many requests an API takes: at once, and in stretches of time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::config {

/// At most so many in any stretch of that length.
struct rate_limit {
  enum class unit : std::uint8_t { requests, rows };

  std::uint32_t most = 0;
  std::chrono::milliseconds per{0};
  unit of = unit::requests;
  bool operator==(const rate_limit&) const = default;
};

/// The headers in which an API says what is left of a limit; empty names: those that are usual.
struct quota_header_names {
  std::string remaining;
  std::string reset;  ///< when all of it is there again: seconds, or a time
  bool operator==(const quota_header_names&) const = default;
};

/// The limits of a destination, or of an account that several share.
struct request_limits {
  std::vector<rate_limit> rates;             ///< all of them hold
  std::optional<std::uint32_t> concurrency;  ///< requests at once; nothing: found out
  quota_header_names quota;
  bool operator==(const request_limits&) const = default;
};

}  // namespace sluice::config
