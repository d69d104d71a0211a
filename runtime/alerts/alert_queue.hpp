// What waits for one endpoint, and when it is tried again. Pure, but for the lines it logs.
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

/// How much effort alerts are worth.
struct effort {
  std::size_t most_waiting = 1'000;          ///< for an endpoint
  std::size_t most_waiting_in_all = 20'000;  ///< for all endpoints of a node: a few dozen MB
  std::chrono::milliseconds retry_base = std::chrono::seconds(1);
  std::chrono::milliseconds retry_cap = std::chrono::minutes(5);
  /// What an endpoint may ask for with Retry-After.
  std::chrono::milliseconds longest_retry_after = std::chrono::hours(1);
  /// An alert, counted from its run's end.
  std::chrono::milliseconds give_up_after = std::chrono::hours(72);
  std::chrono::milliseconds remind_every = std::chrono::hours(6);  ///< of an endpoint that is down
  std::chrono::milliseconds farewell = std::chrono::seconds(2);    ///< when the node ends
};

/// Delivers in order, one at a time: whoever asks for the next alert reports what came of it before
/// it asks again. An alert that the endpoint refuses is given up at once, any other one after
/// `give_up_after`, or when too many wait. One thread.
class alert_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `shown` names the endpoint in the log, without secrets.
  alert_queue(std::string shown, const effort& worth, log::logger log);

  /// Behind all others. If too many wait then, the oldest goes.
  void add(std::shared_ptr<const alert> what, time_point now);
  /// The oldest that is not under way goes, if there is one.
  void drop_oldest();

  /// The alert to try now; null if there is none, if one is under way, or if it is too early.
  std::shared_ptr<const alert> next(time_point now);
  /// When `next` is worth asking again; nothing if nobody knows yet.
  [[nodiscard]] std::optional<time_point> due() const;
  /// What came of the alert that `next` gave. `random` is from 0 to 1.
  void settle(const alert_reply& reply, time_point now, double random);

  /// From now on there are no waits and no second attempts.
  void hurry();

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] bool under_way() const { return under_way_; }
  /// Alerts that the endpoint never got since the last one that it did get.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Nothing to deliver and nothing to remember.
  [[nodiscard]] bool idle() const { return waiting_.empty() && dropped_ == 0; }

 private:
  struct entry {
    std::shared_ptr<const alert> what;
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
  std::deque<entry> waiting_;  ///< the first is the one under way
  bool under_way_ = false;
  bool last_try_ = false;  ///< see `hurry`
  bool given_up_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_dropped_ = 0;  ///< what the alert under way says of it
  bool loss_logged_ = false;

  // of the present outage
  std::uint32_t failures_ = 0;
  std::optional<time_point> failing_since_;
  time_point retry_at_;
  time_point remind_at_;
};

}  // namespace sluice::alerts
