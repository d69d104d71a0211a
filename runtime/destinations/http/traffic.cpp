#include "runtime/destinations/http/traffic.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::destinations {

using std::chrono::milliseconds;

traffic::traffic(const config::http_config& config, log::logger log,
                 std::shared_ptr<metrics::activity> times)
    : retry_(config.retry), log_(std::move(log)), times_(std::move(times)) {
  if (config.rate_limit) window_.emplace(config.rate_limit->requests, config.rate_limit->per);
}

std::optional<traffic::clock::time_point> traffic::give_up_at() const {
  const auto since = circuit_.failing_since();
  return since ? std::optional(*since + retry_.give_up_after) : std::nullopt;
}

traffic::permission traffic::wait_until(std::unique_lock<std::mutex>& lock,
                                        const std::stop_token& stop, clock::time_point when,
                                        metrics::busy_time& reason) {
  const metrics::busy_time::interval waiting(reason);
  const auto limit = give_up_at();
  const auto end = limit ? std::min(*limit, when) : when;
  changed_.wait_until(lock, stop, end, [&, seen = changes_] { return changes_ != seen; });
  if (stop.stop_requested()) return permission::stopped;
  return limit && clock::now() >= *limit ? permission::gave_up : permission::granted;
}

milliseconds traffic::failing_for() const {
  const std::lock_guard lock(mutex_);
  const auto since = circuit_.failing_since();
  return since ? std::chrono::duration_cast<milliseconds>(clock::now() - *since) : milliseconds{0};
}

traffic::lane::lane(std::shared_ptr<traffic> all)
    : all_(std::move(all)), random_(std::random_device{}()) {
  // A run that begins has all its patience, whatever became of the one before.
  const std::lock_guard lock(all_->mutex_);
  all_->circuit_.succeeded();
}

traffic::lane::~lane() {
  {
    const std::lock_guard lock(all_->mutex_);
    drop_place();
    all_->circuit_.leave(this);
    ++all_->changes_;
  }
  all_->changed_.notify_all();
}

void traffic::lane::drop_place() {
  if (std::exchange(has_place_, false)) all_->window_->dropped();
}

void traffic::lane::sent() {
  const std::lock_guard lock(all_->mutex_);
  if (std::exchange(has_place_, false)) all_->window_->sent(clock::now());
}

traffic::permission traffic::lane::enter(const std::stop_token& stop) {
  auto& t = *all_;
  std::unique_lock lock(t.mutex_);
  drop_place();  // of a request that found no connection
  for (;;) {
    if (stop.stop_requested()) return permission::stopped;
    const auto now = clock::now();
    auto when = t.paused_until_;
    auto* reason = &t.times_->rate_limited;
    if (now >= when) {
      if (!t.circuit_.admit(this)) {
        reason = &t.times_->retrying;
        when = now + std::chrono::hours(1);  // whoever probes it ends the wait
      } else if (const auto free = t.window_ ? t.window_->take(now) : std::nullopt) {
        when = *free;
      } else {
        has_place_ = t.window_.has_value();
        return permission::granted;
      }
    }
    if (const auto over = t.wait_until(lock, stop, when, *reason); over != permission::granted)
      return over;
  }
}

void traffic::lane::succeeded() {
  bool was_open = false;
  {
    const std::lock_guard lock(all_->mutex_);
    if (!all_->circuit_.failing_since()) return;
    was_open = all_->circuit_.open();
    all_->circuit_.succeeded();
    ++all_->changes_;
  }
  all_->changed_.notify_all();
  if (was_open) all_->log_.info("the destination answers again");
}

traffic::permission traffic::lane::failed(std::uint32_t failures,
                                          std::optional<std::chrono::seconds> retry_after,
                                          const std::string& why, const std::stop_token& stop) {
  auto& t = *all_;
  std::unique_lock lock(t.mutex_);
  const auto now = clock::now();
  const bool was_open = t.circuit_.open();
  t.circuit_.failed(now);
  if (!was_open && t.circuit_.open())
    t.log_.warning(
        "the destination fails ({}): one request at a time tries it again, for at most {}", why,
        config::to_text(t.retry_.give_up_after));
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  auto wait = schedule::backoff(t.retry_.base, t.retry_.cap, failures, random);
  if (retry_after) {
    const auto asked = std::min<milliseconds>(*retry_after, t.retry_.cap);
    t.paused_until_ = std::max(t.paused_until_, now + asked);
    wait = std::max(wait, asked);
  }
  auto& reason = retry_after ? t.times_->rate_limited : t.times_->retrying;
  const auto until = now + wait;
  for (;;) {
    if (const auto over = t.wait_until(lock, stop, until, reason); over != permission::granted)
      return over;
    if (clock::now() >= until) return permission::granted;
  }
}

}  // namespace sluice::destinations
