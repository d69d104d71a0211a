// The traffic of one writer.
#include <algorithm>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/schedule/backoff.hpp"

namespace sluice::destinations {
namespace {

using outcome = account::outcome;

request_bound bound_of(concurrency_limit::bound by) {
  switch (by) {
    case concurrency_limit::bound::none:
      break;
    case concurrency_limit::bound::number:
      return request_bound::concurrency;
    case concurrency_limit::bound::refusals:
      return request_bound::refusals;
    case concurrency_limit::bound::latency:
      return request_bound::latency;
  }
  return request_bound::growth;
}

/// Before a request is tried again that was one too many.
constexpr std::chrono::milliseconds least_pause{20};

}  // namespace

traffic::lane::lane(std::shared_ptr<traffic> all, std::function<void()> wake)
    : all_(std::move(all)),
      wake_(std::move(wake)),
      account_(all_->account_of_run()),
      seat_(*account_, wake_),
      random_(std::random_device{}()) {
  const std::lock_guard lock(all_->mutex_);
  all_->begin_run();
  all_->lanes_.push_back(this);
  if (all_->lanes_.size() > 1) return;
  all_->failed_rows_.forget_suspects();
  all_->delivered_row_.reset();
  all_->successes_ = all_->passing_failures_ = 0;
}

traffic::lane::~lane() {
  const std::lock_guard lock(all_->mutex_);
  all_->times_->requests -= under_way_;
  std::erase(all_->lanes_, this);
  all_->stopped_waiting();
  all_->circuit_.leave(this);
  all_->changed();
}

// -- sending --------------------------------------------------------------------------------------

traffic::lane::leave_to_send traffic::lane::ask(std::uint64_t rows, const std::stop_token& stop) {
  auto& t = *all_;
  const std::lock_guard lock(t.mutex_);
  waits_ = false;
  const auto over = [&](permission why) {
    t.circuit_.leave(this);
    t.changed();
    return leave_to_send{.may = why, .granted = {}};
  };
  const auto bound_by = [&](request_bound why) { t.times_->requests_bound = why; };
  const auto wait = [&](clock::time_point again, metrics::busy_time* why) {
    waits_ = true;
    bound_by(why == &t.times_->retrying       ? request_bound::retry
             : why == &t.times_->rate_limited ? request_bound::rate_limit
                                              : bound_of(t.account_->now().bounded_by));
    return leave_to_send{.granted = {}, .again = again, .waits_for = why};
  };
  if (stop.stop_requested()) return over(permission::stopped);
  if (t.ask_again_at_) return over(permission::gave_up);
  const auto now = clock::now();
  if (now < t.paused_until_) return wait(t.paused_until_, &t.times_->rate_limited);
  const bool open = t.circuit_.open();
  if (open && now < t.next_probe_) return wait(t.next_probe_, &t.times_->retrying);
  // The end of the present probe ends the wait.
  if (open && (probing_ || !t.circuit_.admit(this)))
    return wait(clock::time_point::max(), &t.times_->retrying);
  const auto asked = t.account_->ask(seat_, rows);
  if (!asked.granted && t.is_too_long(asked.refused, now)) return over(permission::gave_up);
  if (!asked.granted) {
    const bool rate = asked.refused.why == account::reason::rate;
    return wait(asked.refused.again, rate ? &t.times_->rate_limited : nullptr);
  }
  bound_by(open ? request_bound::retry : bound_of(t.account_->now().bounded_by));
  probing_ = open;
  ++under_way_;
  ++t.times_->requests;
  return {.granted = ticket{.number = ++t.sent_, .place = *asked.granted, .probe = open}};
}

void traffic::lane::rest() {
  auto& t = *all_;
  const std::lock_guard lock(t.mutex_);
  waits_ = false;
  t.account_->leave(seat_);
  t.stopped_waiting();
  if (probing_) return;
  t.circuit_.leave(this);
  t.changed();
}

void traffic::lane::end(const ticket& which, outcome how, const account::reply& told) {
  if (which.probe) probing_ = false;
  --under_way_;
  --all_->times_->requests;
  all_->times_->requests_allowed = all_->account_->ended(seat_, which.place, how, told);
}

void traffic::lane::pass_on(const ticket& which) {
  if (!all_->circuit_.open() || !which.probe) return;
  all_->circuit_.pass_on(this);
  all_->changed();
}

// -- results --------------------------------------------------------------------------------------

void traffic::lane::succeeded(const ticket& which, const http::http_answer& answer, bool accepted,
                              std::uint32_t failures) {
  auto& t = *all_;
  const auto told = t.account_->reply_of(answer);
  bool was_open = false;
  {
    const std::lock_guard lock(t.mutex_);
    end(which, outcome::answered, told);
    t.last_succeeded_ = std::max(t.last_succeeded_, which.number);
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

void traffic::lane::answered(const ticket& which, const http::http_answer& answer) {
  auto& t = *all_;
  const auto told = t.account_->reply_of(answer);
  const std::lock_guard lock(t.mutex_);
  end(which, answer.status != 0 ? outcome::answered : outcome::silent, told);
  pass_on(which);
}

void traffic::lane::unused(const ticket& which) {
  const std::lock_guard lock(all_->mutex_);
  end(which, outcome::silent, {.reached = false, .left = {}});
  pass_on(which);
}

traffic::clock::time_point traffic::lane::failed(const ticket& which,
                                                 const http::http_answer& answer,
                                                 std::uint32_t failures) {
  auto& t = *all_;
  const auto told = t.account_->reply_of(answer);
  const auto words = http::in_words(answer);
  const std::lock_guard lock(t.mutex_);
  const auto now = clock::now();
  const bool was_open = t.circuit_.open();
  end(which, outcome::failed, told);
  // What was sent before the circuit opened tells nothing new.
  if (!was_open || which.probe) t.circuit_.failed(this, now);
  ++t.failures_;
  t.last_words_ = words;
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  auto next =
      now + schedule::backoff(failures, {.base = t.retry_.base, .cap = t.retry_.cap}, random);
  if (t.circuit_.open() && (which.probe || !was_open)) {
    t.next_probe_ = now + schedule::backoff(t.circuit_.failed_probes() + 1,
                                            {.base = t.retry_.base, .cap = t.retry_.cap}, random);
    t.changed();
    if (!was_open)
      t.log_.warning(
          "the destination fails ({}): one request at a time tries it again, for at most {}", words,
          config::to_text(t.retry_.give_up_after));
  }
  if (answer.retry_after) next = std::max(next, t.pause(now, *answer.retry_after, t.give_up_at()));
  return next;
}

traffic::clock::time_point traffic::lane::overloaded(const ticket& which,
                                                     const http::http_answer& answer) {
  auto& t = *all_;
  const auto told = t.account_->reply_of(answer);
  const std::lock_guard lock(t.mutex_);
  const auto now = clock::now();
  end(which, outcome::refused, told);
  pass_on(which);
  ++t.failures_;
  // Others are answered meanwhile, and their places are free then.
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  const auto usual = std::max<std::chrono::microseconds>(t.account_->now().round_trip, least_pause);
  auto next = now + std::chrono::duration_cast<clock::duration>(usual * random);
  if (answer.retry_after) {
    t.last_words_ = http::in_words(answer);
    next = std::max(next, t.pause(now, *answer.retry_after, now + t.retry_.give_up_after));
  }
  return next;
}

traffic::clock::time_point traffic::lane::next_try(std::uint32_t failures) {
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  return clock::now() +
         schedule::backoff(failures, {.base = all_->retry_.base, .cap = all_->retry_.cap}, random);
}

// -- what is known --------------------------------------------------------------------------------

traffic::permission traffic::lane::hope(const std::stop_token& stop) const {
  const std::lock_guard lock(all_->mutex_);
  return all_->hope(stop);
}

std::optional<traffic::clock::time_point> traffic::lane::gives_up_at() const {
  const std::lock_guard lock(all_->mutex_);
  return all_->give_up_at();
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
