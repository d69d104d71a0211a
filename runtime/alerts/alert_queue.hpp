// The alerts that wait for one endpoint, and when to try again. Pure, except for its log lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "messages/alert.hpp"
#include "runtime/alerts/alert.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::alerts {

/// Limits on the effort for alerts.
struct effort {
  std::size_t most_waiting = 1'000;          ///< for one endpoint
  std::size_t most_waiting_in_all = 20'000;  ///< for all endpoints of a node: a few dozen MB
  std::chrono::milliseconds retry_base = std::chrono::seconds(1);
  std::chrono::milliseconds retry_cap = std::chrono::minutes(5);
  /// The longest wait that an endpoint may ask for with Retry-After.
  std::chrono::milliseconds longest_retry_after = std::chrono::hours(1);
  /// How long an alert is tried, from the end of its run.
  std::chrono::milliseconds give_up_after = std::chrono::hours(72);
  /// How often the log mentions an endpoint that is down.
  std::chrono::milliseconds remind_every = std::chrono::hours(6);
  std::chrono::milliseconds farewell = std::chrono::seconds(2);  ///< when the node ends
};

/// Delivers alerts in order, one at a time: the caller asks for the next alert and reports its
/// outcome before asking again. An alert that the endpoint refuses is given up at once, any other
/// one after `give_up_after`, or when too many wait. One thread.
class alert_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `shown` names the endpoint in the log, without secrets.
  alert_queue(std::string shown, const effort& worth, log::logger log);

  /// Adds an alert behind all others. If there are too many then, drops the oldest one.
  void add(std::shared_ptr<const alert> what, time_point now);
  /// Drops the oldest alert that is not under way, if there is one.
  void drop_oldest();

  /// The alert to try now; null if there is none, if one is under way, or if the time has not come.
  std::shared_ptr<const alert> next(time_point now);
  /// When to ask `next` again; nothing if that is not known yet.
  [[nodiscard]] std::optional<time_point> due() const;
  /// Takes the outcome of the alert that `next` returned. `random` is from 0 to 1.
  void settle(const alert_reply& reply, time_point now, double random);

  /// Allows no waits and no second attempts from now on.
  void hurry();

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] bool under_way() const { return under_way_; }
  /// Alerts that were given up since the endpoint last took one.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Whether there is nothing to deliver and nothing to remember.
  [[nodiscard]] bool idle() const { return waiting_.empty() && dropped_ == 0; }

 private:
  struct waiting_alert {
    std::shared_ptr<const alert> content;
    time_point since;
  };

  void delivered(time_point now);
  void refused(const std::string& why);
  void failed(const alert_reply& reply, time_point now, double random);
  void lose(std::string_view why);
  void drop_expired(time_point now);

  std::string shown_;
  effort worth_;
  log::logger log_;
  std::deque<waiting_alert> waiting_;  ///< the first is the one under way
  bool under_way_ = false;
  bool last_try_ = false;  ///< see `hurry`
  bool given_up_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_dropped_ = 0;  ///< the number that the alert under way reports
  bool loss_logged_ = false;

  // of the present outage
  std::uint32_t failures_ = 0;
  std::optional<time_point> failing_since_;
  time_point retry_at_;
  time_point remind_at_;
};

}  // namespace sluice::alerts
