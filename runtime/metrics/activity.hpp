// What the runs of a connection spend their time on.
#pragma once

#include "runtime/metrics/busy_time.hpp"

namespace sluice::metrics {

/// Shared by all who work for a connection, from run to run. Thread safe.
struct activity {
  busy_time reading;       ///< the reader gets rows from the source
  busy_time delivering;    ///< a writer has a group of batches at the destination
  busy_time rate_limited;  ///< a writer waits since the rate limit, or the API, wants a pause
  busy_time retrying;      ///< a writer waits until a destination that failed may be tried again
};

}  // namespace sluice::metrics
