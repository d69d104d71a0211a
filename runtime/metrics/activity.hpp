// What the runs of a connection spend their time on.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "messages/run.hpp"
#include "runtime/metrics/busy_time.hpp"

namespace sluice::metrics {

/// Shared by a connection's readers, writers and destinations, from run to run. Thread safe.
struct activity {
  busy_time reading;       ///< the reader gets rows from the source
  busy_time delivering;    ///< a writer has a group of batches at the destination
  busy_time rate_limited;  ///< a writer waits for the rate limit, or for a pause that the API wants
  busy_time retrying;      ///< a writer waits before it tries a failed destination again
  std::atomic<std::uint32_t> requests{0};  ///< under way to an API
  /// How many may be, over all connections of the account, as it was last.
  std::atomic<std::uint32_t> requests_allowed{0};
  /// Why there are not more of them, as it was last; `rows` where nothing has to be waited for.
  std::atomic<request_bound> requests_bound{request_bound::rows};

  /// The requests to an API; nothing before the first one.
  [[nodiscard]] std::optional<request_flow> flow() const {
    const auto at_once = requests_allowed.load();
    if (at_once == 0) return std::nullopt;
    const auto under_way = requests.load();
    const auto bound = requests_bound.load();
    const bool has_to_wait =
        under_way >= at_once || bound == request_bound::rate_limit || bound == request_bound::retry;
    return request_flow{under_way, at_once, has_to_wait ? bound : request_bound::rows};
  }
};

}  // namespace sluice::metrics
