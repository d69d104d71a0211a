#include "runtime/destinations/http/traffic.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::destinations {

using std::chrono::milliseconds;

namespace {

/// A longer pause means never; the limit keeps times within the range of clocks.
constexpr std::chrono::seconds longest_pause = std::chrono::days(3650);

}  // namespace

traffic::traffic(const config::http_config& config, log::logger log,
                 std::shared_ptr<metrics::activity> times)
    : retry_(config.retry), log_(std::move(log)), times_(std::move(times)) {
  if (config.rate_limit) window_.emplace(config.rate_limit->requests, config.rate_limit->per);
}

void traffic::begin_run() {
  circuit_.succeeded();
  if (ask_again_at_) paused_until_ = {};
  ask_again_at_.reset();
  last_words_.clear();
  refusals_ = 0;
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
  if (ask_again_at_) return permission::gave_up;
  return limit && clock::now() >= *limit ? permission::gave_up : permission::granted;
}

traffic::clock::time_point traffic::pause(clock::time_point now, std::chrono::seconds asked) {
  const auto until = now + std::min(asked, longest_pause);
  paused_until_ = std::max(paused_until_, until);
  if (const auto limit = give_up_at(); limit && until > *limit) {
    ask_again_at_ =
        std::chrono::ceil<timestamp::duration>(std::chrono::system_clock::now() + (until - now));
    changed();
  }
  return until;
}

bool traffic::failing() const {
  const std::lock_guard lock(mutex_);
  return circuit_.open();
}

std::string traffic::last_words() const {
  const std::lock_guard lock(mutex_);
  return last_words_;
}

std::optional<timestamp> traffic::ask_again_at() const {
  const std::lock_guard lock(mutex_);
  return ask_again_at_;
}

double traffic::failure_rate() const {
  const std::lock_guard lock(mutex_);
  const auto failed = static_cast<double>(passing_failures_);
  return (failed + 1) / (failed + static_cast<double>(successes_) + 2);
}

// -- rows -----------------------------------------------------------------------------------------

bool traffic::knows_failed_rows() const {
  const std::lock_guard lock(mutex_);
  return !failed_rows_.empty();
}

std::optional<failed_rows::failed_row> traffic::find(const delta_view& delta) const {
  const std::lock_guard lock(mutex_);
  return failed_rows_.find(delta);
}

void traffic::note(const delta_view& delta, const failed_rows::failed_row& what) {
  const std::lock_guard lock(mutex_);
  failed_rows_.note(delta, what);
}

void traffic::forget(const delta_view& delta) {
  const std::lock_guard lock(mutex_);
  failed_rows_.forget(delta);
}

std::shared_ptr<const batch> traffic::delivered_row() const {
  const std::lock_guard lock(mutex_);
  return delivered_row_;
}

void traffic::note_delivered(std::shared_ptr<const batch> row) {
  const std::lock_guard lock(mutex_);
  delivered_row_ = std::move(row);
}

void traffic::refused(const std::string& words) {
  const std::lock_guard lock(mutex_);
  if (same_refusals_.refused(words))
    log_.warning("the destination refuses one row after the other: {}", words);
}

bool traffic::refuses_all(const std::string& words) const {
  const std::lock_guard lock(mutex_);
  return same_refusals_.expect(words);
}

bool traffic::refuses_everybody() {
  const std::lock_guard lock(mutex_);
  return ++refusals_ >= refusals_of_all;
}

// -- lanes ----------------------------------------------------------------------------------------

traffic::lane::lane(std::shared_ptr<traffic> all)
    : all_(std::move(all)), random_(std::random_device{}()) {
  const std::lock_guard lock(all_->mutex_);
  all_->begin_run();
  if (all_->lanes_++ > 0) return;
  all_->failed_rows_.forget_suspects();
  all_->delivered_row_.reset();
  all_->successes_ = all_->passing_failures_ = 0;
}

traffic::lane::~lane() {
  const std::lock_guard lock(all_->mutex_);
  drop_place();
  --all_->lanes_;
  all_->circuit_.leave(this);
  all_->changed();
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
  const auto leave = [&](permission why) {
    t.circuit_.leave(this);
    t.changed();
    return why;
  };
  drop_place();  // the reservation of a request that found no connection
  for (;;) {
    if (stop.stop_requested()) return leave(permission::stopped);
    if (t.ask_again_at_) return leave(permission::gave_up);
    const auto now = clock::now();
    auto when = t.paused_until_;
    auto* reason = &t.times_->rate_limited;
    if (t.circuit_.open() && t.next_probe_ > when) {
      when = t.next_probe_;
      reason = &t.times_->retrying;
    }
    if (now >= when) {
      if (!t.circuit_.admit(this)) {
        reason = &t.times_->retrying;
        when = now + std::chrono::hours(1);  // the end of the present probe ends the wait
      } else if (const auto free = t.window_ ? t.window_->take(now) : std::nullopt) {
        when = *free;
      } else {
        has_place_ = t.window_.has_value();
        request_ = ++t.sent_;
        return permission::granted;
      }
    }
    if (const auto over = t.wait_until(lock, stop, when, *reason); over != permission::granted)
      return leave(over);
  }
}

void traffic::lane::succeeded(bool accepted, std::uint32_t failures) {
  auto& t = *all_;
  bool was_open = false;
  {
    const std::lock_guard lock(t.mutex_);
    t.last_succeeded_ = std::max(t.last_succeeded_, request_);
    t.refusals_ = 0;
    ++t.successes_;
    t.passing_failures_ += failures;
    if (accepted) t.same_refusals_.accepted();
    if (!t.circuit_.failing_since()) return;
    was_open = t.circuit_.open();
    t.circuit_.succeeded();
    t.last_words_.clear();
    t.changed();
  }
  if (was_open) t.log_.info("the destination answers again");
}

void traffic::lane::answered() {
  auto& t = *all_;
  const std::lock_guard lock(t.mutex_);
  if (!t.circuit_.open()) return;
  t.circuit_.pass_on(this);
  t.changed();
}

traffic::clock::time_point traffic::lane::failed(std::uint32_t failures,
                                                 std::optional<std::chrono::seconds> retry_after,
                                                 const std::string& words) {
  auto& t = *all_;
  const std::lock_guard lock(t.mutex_);
  const auto now = clock::now();
  const bool was_open = t.circuit_.open();
  t.circuit_.failed(this, now);
  ++t.failures_;
  t.last_words_ = words;
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  auto next =
      now + schedule::backoff(failures, {.base = t.retry_.base, .cap = t.retry_.cap}, random);
  if (t.circuit_.open()) {
    t.next_probe_ = now + schedule::backoff(t.circuit_.failed_probes() + 1,
                                            {.base = t.retry_.base, .cap = t.retry_.cap}, random);
    t.changed();
    if (!was_open)
      t.log_.warning(
          "the destination fails ({}): one request at a time tries it again, for at most {}", words,
          config::to_text(t.retry_.give_up_after));
  }
  if (retry_after) next = std::max(next, t.pause(now, *retry_after));
  return next;
}

traffic::clock::time_point traffic::lane::next_try(std::uint32_t failures) {
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  return clock::now() +
         schedule::backoff(failures, {.base = all_->retry_.base, .cap = all_->retry_.cap}, random);
}

traffic::permission traffic::lane::wait(clock::time_point until, const std::stop_token& stop) {
  auto& t = *all_;
  std::unique_lock lock(t.mutex_);
  for (;;) {
    if (stop.stop_requested()) return permission::stopped;
    if (t.ask_again_at_) return permission::gave_up;
    const auto now = clock::now();
    if (const auto limit = t.give_up_at(); limit && now >= *limit) return permission::gave_up;
    if (now >= until) return permission::granted;
    auto& reason = t.paused_until_ > now ? t.times_->rate_limited : t.times_->retrying;
    if (const auto over = t.wait_until(lock, stop, until, reason); over != permission::granted)
      return over;
  }
}

traffic_moment traffic::lane::now() const {
  const std::lock_guard lock(all_->mutex_);
  return {all_->sent_, all_->failures_};
}

trial::others traffic::lane::since(const traffic_moment& then) const {
  const std::lock_guard lock(all_->mutex_);
  return {all_->last_succeeded_ > then.sent, all_->failures_ > then.failures};
}

}  // namespace sluice::destinations
