// The requests of all writers of a connection together: their rate, their patience with failures,
// and what they learn about the API from each other.
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

#include "messages/timestamp.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/circuit.hpp"
#include "runtime/destinations/http/failed_rows.hpp"
#include "runtime/destinations/http/rate_window.hpp"
#include "runtime/destinations/http/same_refusals.hpp"
#include "runtime/destinations/http/trial.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/activity.hpp"

namespace sluice::destinations {

/// Shared by the writers of a connection, from run to run. Thread safe. Every wait ends as soon as
/// the caller's stop is requested, or once the API has failed for `give_up_after` or asks for a
/// longer pause than that.
class traffic {
 public:
  using clock = std::chrono::steady_clock;

  enum class permission : std::uint8_t { granted, stopped, gave_up };

  /// After so many single rows were refused in a way that usually concerns all rows, all rows count
  /// as concerned.
  static constexpr std::uint32_t refusals_of_all = 10;

  /// `times`: counts the waits.
  traffic(const config::http_config& config, log::logger log,
          std::shared_ptr<metrics::activity> times);

  /// The traffic of one writer.
  class lane {
   public:
    explicit lane(std::shared_ptr<traffic> all);
    ~lane();
    lane(const lane&) = delete;
    lane& operator=(const lane&) = delete;

    /// Waits until a request may be sent.
    permission enter(const std::stop_token& stop);
    /// The admitted request is written to the wire now, and counts from now.
    void sent();
    /// The API works: it answered the request. `accepted`: the request was carried out. `failures`:
    /// how often the request had failed before.
    void succeeded(bool accepted, std::uint32_t failures = 0);
    /// The answer does not show whether the API works.
    void answered();
    /// The API failed, so far `failures` times with this request. Returns when to try it again:
    /// with full jitter, or after the pause that the API asks for, which holds for all writers.
    clock::time_point failed(std::uint32_t failures,
                             std::optional<std::chrono::seconds> retry_after,
                             const std::string& words);
    /// When to try rows again that have failed `failures` times while others pass.
    clock::time_point next_try(std::uint32_t failures);
    /// Waits until then.
    permission wait(clock::time_point until, const std::stop_token& stop);

    [[nodiscard]] traffic_moment now() const;
    /// The results of all writers' requests since that moment.
    [[nodiscard]] trial::others since(const traffic_moment& then) const;

   private:
    /// Gives back an unused reservation in the window. REQUIRES: the lock of `all_`.
    void drop_place();

    std::shared_ptr<traffic> all_;
    std::mt19937_64 random_;
    bool has_place_ = false;     ///< a request is reserved in the window and not sent yet
    std::uint64_t request_ = 0;  ///< number of the request that was sent last
  };

  /// The longest outage that is waited for: `give_up_after`.
  [[nodiscard]] std::chrono::milliseconds patience() const { return retry_.give_up_after; }
  /// The circuit is open: one request at a time is sent.
  [[nodiscard]] bool failing() const;
  /// The API's message at its last failure; empty while it works.
  [[nodiscard]] std::string last_words() const;
  /// When the API asks to be tried again, if writers do not wait that long.
  [[nodiscard]] std::optional<timestamp> ask_again_at() const;

  /// The rate of failures among requests of this run that succeeded in the end: near 0 for a
  /// working API, a half before anything is known.
  [[nodiscard]] double failure_rate() const;

  // -- rows
  // ----------------------------------------------------------------------------------------

  [[nodiscard]] bool knows_failed_rows() const;
  [[nodiscard]] std::optional<failed_rows::failed_row> find(const delta_view& delta) const;
  void note(const delta_view& delta, const failed_rows::failed_row& what);
  void forget(const delta_view& delta);

  /// A row that was delivered in this run and may be sent again; null if none is known.
  [[nodiscard]] std::shared_ptr<const batch> delivered_row() const;
  void note_delivered(std::shared_ptr<const batch> row);

  /// A single row was refused.
  void refused(const std::string& words);
  /// Whether rows refused with this message are best sent one by one, without halving.
  [[nodiscard]] bool refuses_all(const std::string& words) const;
  /// A single row was refused in a way that usually concerns all rows. True once it counts as
  /// concerning all: `refusals_of_all` rows were refused so, without a success in between.
  bool refuses_everybody();

 private:
  /// A run begins, with its whole patience, even if the run before gave up.
  void begin_run();
  /// `reason`: the name under which the wait is counted.
  permission wait_until(std::unique_lock<std::mutex>& lock, const std::stop_token& stop,
                        clock::time_point when, metrics::busy_time& reason);
  [[nodiscard]] std::optional<clock::time_point> give_up_at() const;
  /// Makes all writers wait as long as the API asks for, or give up.
  clock::time_point pause(clock::time_point now, std::chrono::seconds asked);
  void changed() {
    ++changes_;
    changed_.notify_all();
  }

  config::http_config::retrying retry_;
  log::logger log_;
  std::shared_ptr<metrics::activity> times_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<rate_window> window_;
  circuit circuit_;
  clock::time_point paused_until_;
  clock::time_point next_probe_;  ///< of an open circuit
  std::optional<timestamp> ask_again_at_;
  std::string last_words_;
  std::uint64_t changes_ = 0;  ///< of the state; waiting threads wake up when it grows
  std::uint32_t lanes_ = 0;
  std::uint64_t successes_ = 0;         ///< in this run
  std::uint64_t passing_failures_ = 0;  ///< before them

  std::uint64_t sent_ = 0;            ///< requests
  std::uint64_t failures_ = 0;        ///< of those
  std::uint64_t last_succeeded_ = 0;  ///< number of the latest request that did
  std::uint32_t refusals_ = 0;        ///< see refuses_everybody
  same_refusals same_refusals_;
  failed_rows failed_rows_;
  std::shared_ptr<const batch> delivered_row_;
};

}  // namespace sluice::destinations
