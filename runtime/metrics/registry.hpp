// A node's counters about its connections, as long as the process lives.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "runtime/metrics/activity.hpp"
#include "runtime/metrics/run_totals.hpp"

namespace sluice::metrics {

/// One connection at the moment of asking.
struct connection_sample {
  connection_status status;
  run_sums sums;
  std::optional<timestamp> last_success;  ///< as far as this process knows
  std::chrono::duration<double> reading{0};
  std::chrono::duration<double> delivering{0};
  std::chrono::duration<double> rate_limited{0};
  std::chrono::duration<double> retrying{0};
  std::uint32_t requests = 0;          ///< under way to an API
  std::uint32_t requests_allowed = 0;  ///< 0: none was sent yet
};

/// Memory: a fixed amount for each connection that is or was configured. Thread safe.
class registry {
 public:
  /// The connection's activity, to which its actors add their times; always the same object.
  std::shared_ptr<activity> activity_of(const connection_name& connection);
  /// A run ended or was skipped. Call it once for each.
  void ended(const run_record& run);
  /// Joins the counters with the present state of the connections.
  std::vector<connection_sample> sample(std::vector<connection_status> now_is, timestamp now);

 private:
  struct figures {
    run_totals totals;
    std::shared_ptr<activity> times = std::make_shared<activity>();
  };

  std::mutex mutex_;
  std::map<connection_name, figures> figures_;
};

}  // namespace sluice::metrics
