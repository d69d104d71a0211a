// What an API says is left of a limit. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "messages/timestamp.hpp"
#include "runtime/config/request_limits.hpp"
#include "runtime/http/header_fields.hpp"

namespace sluice::destinations {

struct quota {
  std::uint64_t remaining = 0;
  std::chrono::milliseconds reset{0};  ///< from now on
  bool operator==(const quota&) const = default;
};

/// Reads it from the headers of an answer that came at `now`: those with configured names, or
/// `RateLimit` and `RateLimit-*` (drafts of the IETF, draft-ietf-httpapi-ratelimit-headers) and
/// `X-RateLimit-*`. A reset is a number of seconds, or a Unix time in seconds or milliseconds.
/// Nothing if they do not say both, or make no sense.
std::optional<quota> quota_in(const http::header_fields& headers,
                              const config::quota_header_names& names, timestamp now);

}  // namespace sluice::destinations
