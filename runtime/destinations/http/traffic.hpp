// What an API sees of all writers of a connection together: their rate, and their patience with
// failures.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/circuit.hpp"
#include "runtime/destinations/http/rate_window.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/activity.hpp"

namespace sluice::destinations {

/// Shared by the writers of a connection, from run to run. Thread safe. Every wait ends as soon as
/// the caller's stop is requested, or once the API has failed for `give_up_after`.
class traffic {
 public:
  using clock = std::chrono::steady_clock;

  enum class permission : std::uint8_t { granted, stopped, gave_up };

  /// `times`: where waits are counted.
  traffic(const config::http_config& config, log::logger log,
          std::shared_ptr<metrics::activity> times);

  /// One writer's part in it.
  class lane {
   public:
    explicit lane(std::shared_ptr<traffic> all);
    ~lane();
    lane(const lane&) = delete;
    lane& operator=(const lane&) = delete;

    /// Waits until a request may be sent.
    permission enter(const std::stop_token& stop);
    /// The request that may be sent is written to the wire now: it counts from here.
    void sent();
    /// The request was answered by an API that works.
    void succeeded();
    /// It failed, `failures` times by now. Waits until it may be tried again: with full jitter, or
    /// as long as the API asked for, never longer than the cap. What the API asks for holds for
    /// all writers.
    permission failed(std::uint32_t failures, std::optional<std::chrono::seconds> retry_after,
                      const std::string& why, const std::stop_token& stop);

   private:
    /// Gives back a place that was not used. REQUIRES: the lock of `all_`.
    void drop_place();

    std::shared_ptr<traffic> all_;
    std::mt19937_64 random_;
    bool has_place_ = false;  ///< in the window, for a request that is not sent yet
  };

  /// How long an outage may last.
  [[nodiscard]] std::chrono::milliseconds patience() const { return retry_.give_up_after; }
  /// How long requests have failed without a success between them.
  [[nodiscard]] std::chrono::milliseconds failing_for() const;

 private:
  /// `reason`: what the wait counts as.
  permission wait_until(std::unique_lock<std::mutex>& lock, const std::stop_token& stop,
                        clock::time_point when, metrics::busy_time& reason);
  [[nodiscard]] std::optional<clock::time_point> give_up_at() const;

  config::http_config::retrying retry_;
  log::logger log_;
  std::shared_ptr<metrics::activity> times_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<rate_window> window_;
  circuit circuit_;
  clock::time_point paused_until_;
  std::uint64_t changes_ = 0;  ///< of the circuit: what waiters wake for
};

}  // namespace sluice::destinations
