#include "runtime/alerts/alert_queue.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::alerts {
namespace {

/// Roughly: `40s`, `17m`, `26h`.
std::string rough(std::chrono::steady_clock::duration time) {
  using namespace std::chrono;
  if (time >= 2h) return config::to_text(floor<hours>(time));
  if (time >= 2min) return config::to_text(floor<minutes>(time));
  return config::to_text(floor<seconds>(time));
}

}  // namespace

alert_queue::alert_queue(std::string shown, const effort& worth, log::logger log)
    : shown_(std::move(shown)), worth_(worth), log_(std::move(log)) {}

void alert_queue::add(std::shared_ptr<const alert> what, time_point now) {
  waiting_.push_back({std::move(what), now});
  if (waiting_.size() > worth_.most_waiting) drop_oldest();
}

void alert_queue::drop_oldest() {
  const std::size_t oldest = under_way_ ? 1 : 0;
  if (waiting_.size() <= oldest) return;
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(oldest));
  lose("too many wait");
}

void alert_queue::lose(std::string_view why) {
  ++dropped_;
  // Logged once: an outage may cost thousands of alerts. Their number is logged with each reminder
  // and when the outage is over.
  if (!std::exchange(loss_logged_, true))
    log_.warning("alerts to {} are dropped, the oldest first: {}", shown_, why);
}

std::shared_ptr<const alert> alert_queue::next(time_point now) {
  if (under_way_ || given_up_) return nullptr;
  drop_expired(now);
  if (waiting_.empty() || now < retry_at_) return nullptr;
  under_way_ = true;
  told_dropped_ = dropped_;
  return waiting_.front().content;
}

void alert_queue::drop_expired(time_point now) {
  while (!waiting_.empty() && now - waiting_.front().since >= worth_.give_up_after) {
    waiting_.pop_front();
    lose("they have been tried for " + config::to_text(worth_.give_up_after));
  }
}

std::optional<alert_queue::time_point> alert_queue::due() const {
  if (under_way_ || given_up_ || waiting_.empty()) return std::nullopt;
  return retry_at_;
}

void alert_queue::settle(const alert_reply& reply, time_point now, double random) {
  under_way_ = false;
  switch (reply.what) {
    case alert_reply::outcome::delivered:
      return delivered(now);
    case alert_reply::outcome::refused:
      return refused(reply.why);
    case alert_reply::outcome::failed:
      return failed(reply, now, random);
  }
}

void alert_queue::delivered(time_point now) {
  waiting_.pop_front();
  dropped_ -= told_dropped_;
  if (failing_since_)
    log_.info("alerts to {} get through again after {}; {} were dropped", shown_,
              rough(now - *failing_since_), told_dropped_);
  failing_since_.reset();
  failures_ = 0;
  retry_at_ = {};
  loss_logged_ = false;
}

void alert_queue::refused(const std::string& why) {
  const auto& run = *waiting_.front().content->run;
  log_.about({run.connection, run.run})
      .error("{} refuses the alert about this run, which is given up: {}", shown_, why);
  waiting_.pop_front();
  ++dropped_;
  // An endpoint that refuses an alert can be reached.
  failing_since_.reset();
  failures_ = 0;
  retry_at_ = {};
}

void alert_queue::failed(const alert_reply& reply, time_point now, double random) {
  if (last_try_) {
    given_up_ = true;
    return;
  }
  auto wait =
      schedule::backoff(++failures_, {.base = worth_.retry_base, .cap = worth_.retry_cap}, random);
  if (reply.retry_after)
    wait = std::max(
        wait, std::min<std::chrono::milliseconds>(*reply.retry_after, worth_.longest_retry_after));
  retry_at_ = now + wait;
  if (!failing_since_) {
    failing_since_ = now;
    remind_at_ = now + worth_.remind_every;
    log_.warning("alerts to {} do not get through, and are tried again for up to {}: {}", shown_,
                 config::to_text(worth_.give_up_after), reply.why);
  } else if (now >= remind_at_) {
    remind_at_ = now + worth_.remind_every;
    log_.warning("alerts to {} have not got through for {}, {} wait, {} were dropped: {}", shown_,
                 rough(now - *failing_since_), waiting_.size(), dropped_, reply.why);
  }
}

void alert_queue::hurry() {
  last_try_ = true;
  retry_at_ = {};
}

}  // namespace sluice::alerts
