// What the runs of a connection spend their time on.
#pragma once

#include <atomic>
#include <cstdint>

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
};

}  // namespace sluice::metrics
