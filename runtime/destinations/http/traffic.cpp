#include "runtime/destinations/http/traffic.hpp"

#include <algorithm>
#include <utility>

#include "runtime/config/defaults.hpp"

namespace sluice::destinations {

namespace {

/// A longer pause means never; the limit keeps times within the range of clocks.
constexpr std::chrono::seconds longest_pause = std::chrono::days(3650);

/// A run waits so long for a limit, even if it is impatient with failures.
constexpr std::chrono::milliseconds shortest_patience = config::defaults::give_up_after;

}  // namespace

traffic::traffic(const config::http_config& config, log::logger log,
                 std::shared_ptr<metrics::activity> times, account_source find_account)
    : retry_(config.retry),
      log_(std::move(log)),
      times_(std::move(times)),
      find_account_(std::move(find_account)) {
  if (!find_account_) account_ = std::make_shared<account>(config.limits);
}

std::shared_ptr<account> traffic::account_of_run() {
  const std::lock_guard lock(mutex_);
  if (lanes_.empty() && find_account_) account_ = find_account_();
  return account_;
}

void traffic::begin_run() {
  circuit_.succeeded();
  if (ask_again_at_) {
    paused_until_ = {};
    account_->resume();
  }
  ask_again_at_.reset();
  last_words_.clear();
  refusals_ = 0;
}

void traffic::changed() {
  for (const auto* each : lanes_)
    if (each->waits_) each->wake_();
}

void traffic::stopped_waiting() {
  if (std::ranges::none_of(lanes_, &lane::waits_)) times_->requests_bound = request_bound::rows;
}

std::optional<traffic::clock::time_point> traffic::give_up_at() const {
  const auto since = circuit_.failing_since();
  return since ? std::optional(*since + retry_.give_up_after) : std::nullopt;
}

traffic::permission traffic::hope(const std::stop_token& stop) const {
  if (stop.stop_requested()) return permission::stopped;
  if (ask_again_at_) return permission::gave_up;
  const auto limit = give_up_at();
  return limit && clock::now() >= *limit ? permission::gave_up : permission::granted;
}

traffic::clock::time_point traffic::pause(clock::time_point now, std::chrono::seconds asked,
                                          std::optional<clock::time_point> limit) {
  const auto until = now + std::min(asked, longest_pause);
  paused_until_ = std::max(paused_until_, until);
  account_->pause(until);
  if (limit && until > *limit) {
    ask_again_at_ =
        std::chrono::ceil<timestamp::duration>(std::chrono::system_clock::now() + (until - now));
    changed();
  }
  return until;
}

bool traffic::is_too_long(const account::refusal& refused, clock::time_point now) {
  const auto most = std::max(retry_.give_up_after, shortest_patience);
  if (refused.again == clock::time_point::max() || refused.again - now <= most) return false;
  if (last_words_.empty()) last_words_ = "the limits of the API leave nothing for now";
  ask_again_at_ = std::chrono::ceil<timestamp::duration>(std::chrono::system_clock::now() +
                                                         (refused.again - now));
  changed();
  return true;
}

account::state traffic::limits() const {
  const std::lock_guard lock(mutex_);
  return account_ ? account_->now() : account::state{};
}

std::uint32_t traffic::benefit_of_doubt() const {
  constexpr std::uint32_t share = 8;
  return limits().allowed / share;
}

metrics::busy_time& traffic::wait_for_retry() const {
  const std::lock_guard lock(mutex_);
  return paused_until_ > clock::now() ? times_->rate_limited : times_->retrying;
}

std::uint32_t traffic::failures_in_a_row() const {
  const std::lock_guard lock(mutex_);
  return circuit_.failures();
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

bool traffic::refuses_everybody(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (refusals_ == 0 || number > sent_at_refusal_) {
    sent_at_refusal_ = sent_;
    ++refusals_;
  }
  return refusals_ >= refusals_of_all;
}

}  // namespace sluice::destinations
