// The requests of all writers of a connection together: their rate, their patience with failures,
// and what they learn about the API from each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/timestamp.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/account.hpp"
#include "runtime/destinations/http/circuit.hpp"
#include "runtime/destinations/http/failed_rows.hpp"
#include "runtime/destinations/http/same_refusals.hpp"
#include "runtime/destinations/http/trial.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/activity.hpp"

namespace sluice::destinations {

/// Shared by the writers of a connection, from run to run. Thread safe. It waits for nothing: a
/// writer that may not send is told until when, and is woken when it is worth asking again.
class traffic {
 public:
  using clock = std::chrono::steady_clock;

  enum class permission : std::uint8_t { granted, stopped, gave_up };

  /// After so many single rows were refused in a way that usually concerns all rows, all rows count
  /// as concerned.
  static constexpr std::uint32_t refusals_of_all = 10;

  /// Finds what the requests count for. Throws `failure` (invalid_config) if there is none.
  using account_source = std::function<std::shared_ptr<account>()>;

  /// `times`: counts the waits. `find_account`: asked at the beginning of each run, for an account
  /// that other connections may share; null: the limits of `config`, for this connection alone.
  traffic(const config::http_config& config, log::logger log,
          std::shared_ptr<metrics::activity> times, account_source find_account = {});

  /// The traffic of one writer, which may have many requests under way. One thread.
  class lane {
   public:
    /// `wake`: see account::seat.
    lane(std::shared_ptr<traffic> all, std::function<void()> wake);
    ~lane();
    lane(const lane&) = delete;
    lane& operator=(const lane&) = delete;

    /// A request that may be sent, or was. Each is told of once to `succeeded`, `answered`,
    /// `failed` or `overloaded`.
    struct ticket {
      std::uint64_t number = 0;  ///< among all requests of the connection
      account::permit place;
      bool probe = false;  ///< it alone tries an API that fails
    };
    struct leave_to_send {
      permission may = permission::granted;
      std::optional<ticket> granted;
      // if it is not granted, and there is hope:
      clock::time_point again = clock::time_point::max();  ///< or when the lane is woken
      metrics::busy_time* waits_for = nullptr;             ///< how the wait is counted; null: not
    };
    /// Asks for leave to send a request with so many rows. `stop`: of who asks.
    leave_to_send ask(std::uint64_t rows, const std::stop_token& stop);
    /// There is nothing to send for now.
    void rest();

    /// The API works: it answered the request. `accepted`: the request was carried out. `failures`:
    /// how often the request had failed before.
    void succeeded(const ticket& which, const http::http_answer& answer, bool accepted,
                   std::uint32_t failures = 0);
    /// The answer does not show whether the API works.
    void answered(const ticket& which, const http::http_answer& answer);
    /// The request was not sent.
    void unused(const ticket& which);
    /// The API failed, so far `failures` times with this request. Returns when to try it again:
    /// with full jitter, or after the pause that the API asks for, which holds for all writers.
    clock::time_point failed(const ticket& which, const http::http_answer& answer,
                             std::uint32_t failures);
    /// The API takes fewer requests than it gets, while it answers others. Returns when to try this
    /// one again.
    clock::time_point overloaded(const ticket& which, const http::http_answer& answer);
    /// When to try rows again that have failed `failures` times while others pass.
    clock::time_point next_try(std::uint32_t failures);

    /// Whether waiting is still of use.
    [[nodiscard]] permission hope(const std::stop_token& stop) const;
    /// When it is not any more, if the API goes on failing.
    [[nodiscard]] std::optional<clock::time_point> gives_up_at() const;

    [[nodiscard]] traffic_moment now() const;
    /// The results of all writers' requests since that moment.
    [[nodiscard]] trial::others since(const traffic_moment& then) const;

   private:
    friend class traffic;
    void end(const ticket& which, account::outcome how, const account::reply& told);
    /// REQUIRES: the lock, as the next.
    void pass_on(const ticket& which);

    std::shared_ptr<traffic> all_;
    std::function<void()> wake_;
    std::shared_ptr<account> account_;
    account::seat seat_;
    std::mt19937_64 random_;
    bool probing_ = false;  ///< a probe of this lane is under way
    bool waits_ = false;    ///< it asked, and was refused
    std::uint32_t under_way_ = 0;
  };

  /// The longest outage that is waited for: `give_up_after`.
  [[nodiscard]] std::chrono::milliseconds patience() const { return retry_.give_up_after; }
  /// So many requests may be under way without a success, beyond the first ones, before no new
  /// rows are sent: a small share of those that the API takes at once.
  [[nodiscard]] std::uint32_t benefit_of_doubt() const;
  /// Failures in a row, of all writers.
  [[nodiscard]] std::uint32_t failures_in_a_row() const;
  [[nodiscard]] account::state limits() const;
  /// What a wait before a request is tried again counts as.
  [[nodiscard]] metrics::busy_time& wait_for_retry() const;
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
  /// A single row was refused in a way that usually concerns all rows, by the request of this
  /// number. True once it counts as concerning all: `refusals_of_all` rows were refused so, without
  /// a success in between. Of requests that were under way together only one counts: others could
  /// not be tried in between.
  bool refuses_everybody(std::uint64_t number);

 private:
  /// The account of the run that a lane belongs to.
  std::shared_ptr<account> account_of_run();
  /// A run begins, with its whole patience, even if the run before gave up.
  void begin_run();
  [[nodiscard]] permission hope(const std::stop_token& stop) const;
  [[nodiscard]] std::optional<clock::time_point> give_up_at() const;
  /// Makes all writers wait as long as the API asks for, or give up if that is after `limit`.
  clock::time_point pause(clock::time_point now, std::chrono::seconds asked,
                          std::optional<clock::time_point> limit);
  /// Whether a limit leaves nothing for longer than a run should wait; then all writers give up.
  bool is_too_long(const account::refusal& refused, clock::time_point now);
  /// Wakes the lanes that wait.
  void changed();
  /// A lane does not wait any more: what the last one waited for bounds nothing.
  void stopped_waiting();

  config::http_config::retrying retry_;
  log::logger log_;
  std::shared_ptr<metrics::activity> times_;
  const account_source find_account_;
  mutable std::mutex mutex_;
  /// Its lock is taken after this one. It is another one only between runs.
  std::shared_ptr<account> account_;
  circuit circuit_;
  clock::time_point paused_until_;
  clock::time_point next_probe_;  ///< of an open circuit
  std::optional<timestamp> ask_again_at_;
  std::string last_words_;
  std::vector<lane*> lanes_;
  std::uint64_t successes_ = 0;         ///< in this run
  std::uint64_t passing_failures_ = 0;  ///< before them

  std::uint64_t sent_ = 0;             ///< requests
  std::uint64_t failures_ = 0;         ///< of those
  std::uint64_t last_succeeded_ = 0;   ///< number of the latest request that did
  std::uint32_t refusals_ = 0;         ///< see refuses_everybody
  std::uint64_t sent_at_refusal_ = 0;  ///< requests, until the last one that counted there
  same_refusals same_refusals_;
  failed_rows failed_rows_;
  std::shared_ptr<const batch> delivered_row_;
};

}  // namespace sluice::destinations
