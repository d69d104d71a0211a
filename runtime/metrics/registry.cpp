#include "runtime/metrics/registry.hpp"

#include <utility>

namespace sluice::metrics {
namespace {

/// The end of the last run that succeeded; of an earlier process, if it was the last of all.
std::optional<timestamp> last_success(const run_totals& totals, const connection_status& status) {
  if (totals.last_success()) return totals.last_success();
  const bool succeeded = status.run && status.run->state == run_state::succeeded;
  return succeeded ? status.run->finished_at : std::nullopt;
}

}  // namespace

std::shared_ptr<activity> registry::activity_of(const connection_name& connection) {
  const std::lock_guard lock(mutex_);
  return figures_[connection].times;
}

void registry::ended(const run_record& run) {
  const std::lock_guard lock(mutex_);
  figures_[run.connection].totals.add(run);
}

std::vector<connection_sample> registry::sample(std::vector<connection_status> now_is,
                                                timestamp now) {
  std::vector<connection_sample> samples;
  samples.reserve(now_is.size());
  const std::lock_guard lock(mutex_);
  for (auto& status : now_is) {
    auto& [totals, times] = figures_[status.connection];
    const auto& sums = totals.at(status.run, now);
    auto success = last_success(totals, status);
    samples.push_back({std::move(status), sums, success, times->reading.total(),
                       times->delivering.total(), times->rate_limited.total(),
                       times->retrying.total(), times->requests, times->requests_allowed});
  }
  return samples;
}

}  // namespace sluice::metrics
