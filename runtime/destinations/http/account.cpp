#include "runtime/destinations/http/account.hpp"

#include <algorithm>
#include <utility>

#include "runtime/destinations/http/usage_file.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::destinations {

account::account(const config::request_limits& limits, std::optional<home> kept)
    : quota_names_(limits.quota), limit_(limits.concurrency), home_(std::move(kept)) {
  for (const auto& each : limits.rates)
    windows_.push_back({rate_window(each.most, each.per), each});
  if (windows_.empty()) home_.reset();
  if (home_) recall();
}

account::~account() { close(); }

account::seat::seat(account& of, std::function<void()> wake)
    : account_(of), wake_(std::move(wake)) {
  const std::lock_guard lock(account_.mutex_);
  account_.seats_.push_back(this);
}

account::seat::~seat() {
  const std::lock_guard lock(account_.mutex_);
  if (under_way_ > 0) account_.use(under_way_, rows_, clock::now());
  for (; under_way_ > 0; --under_way_) account_.limit_.end();
  std::erase(account_.seats_, this);
  account_.wake_next();
}

account::answer account::ask(seat& who, std::uint64_t rows) {
  const std::lock_guard lock(mutex_);
  const auto now = clock::now();
  who.wants_ = false;
  if (now < paused_until_) return {{}, {reason::rate, paused_until_}};
  const auto is_first = [&](const seat* other) {
    return other->wants_ && other->under_way_ < who.under_way_;
  };
  if (!limit_.has_room() || std::ranges::any_of(seats_, is_first)) {
    who.wants_ = true;
    wake_next();
    return {{}, {reason::concurrency}};
  }
  if (const auto free = reserve(rows, now)) {
    who.wants_ = true;  // the end of a request may let it come earlier
    return {{}, {reason::rate, *free}};
  }
  ++who.under_way_;
  who.rows_ += rows;
  return {permit{limit_.begin(), rows}, {}};
}

std::optional<account::clock::time_point> account::reserve(std::uint64_t rows,
                                                           clock::time_point now) {
  // The answer to the next request tells what is really left then.
  if (quota_ && now >= quota_->until)
    *quota_ = {std::max<std::uint64_t>(largest_.remaining, 1), now + largest_.reset};
  if (quota_ && quota_->least <= limit_.under_way()) return quota_->until;
  for (auto each = windows_.begin(); each != windows_.end(); ++each) {
    const auto free = each->limit.take(each->amount(1, rows), now);
    if (!free) continue;
    for (auto taken = windows_.begin(); taken != each; ++taken)
      taken->limit.dropped(taken->amount(1, rows));
    return free;
  }
  if (home_) claim(rows);
  return std::nullopt;
}

// -- over restarts --------------------------------------------------------------------------------

void account::recall() {
  const auto now = clock::now();
  const auto wall = schedule::system_now();
  std::optional<account_usage> before;
  try {
    before = usage_file(home_->file).read();
  } catch (const failure& f) {
    home_->log.warning("{}; its windows count as used up", f.info().text());
    for (auto& each : windows_) each.limit.use(each.limit.most(), now);
    return;
  }
  if (!before) return;
  for (auto& each : windows_) {
    // Limits may have been changed: the longest record of the same kind says most.
    const account_usage::window* record = nullptr;
    for (const auto& known : before->windows)
      if (known.limit.of == each.configured.of &&
          (record == nullptr || known.limit.per > record->limit.per))
        record = &known;
    if (record == nullptr) continue;
    std::uint64_t claimed = record->claimed;
    for (const auto& [at, amount] : record->uses) {
      const auto ago = std::max(wall - at, timestamp::duration(0));
      if (ago < each.configured.per) each.limit.use(amount, now - ago);
    }
    if (before->open && !each.is_kept()) claimed = each.limit.most();
    each.limit.use(claimed, now);
  }
}

void account::claim(std::uint64_t rows) {
  const auto is_enough = [&](const window& each) {
    return !each.is_kept() || each.claimed >= each.amount(1, rows);
  };
  if (!open_ || !std::ranges::all_of(windows_, is_enough)) {
    for (auto& each : windows_)
      if (each.is_kept()) each.claimed = std::max(each.amount(1, rows), each.limit.most() / claims);
    keep(true);
  }
  for (auto& each : windows_)
    if (each.is_kept()) each.claimed -= std::min(each.claimed, each.amount(1, rows));
}

void account::keep(bool open) {
  const auto now = clock::now();
  const auto wall = schedule::system_now();
  account_usage out{.windows = {}, .open = open};
  for (auto& each : windows_) {
    auto& record = out.windows.emplace_back();
    record.limit = each.configured;
    for (const auto& [last, amount] : each.limit.uses(now))
      record.uses.emplace_back(wall + std::chrono::ceil<timestamp::duration>(last - now), amount);
    record.claimed = each.limit.reserved() + (open ? each.claimed : 0);
  }
  try {
    usage_file(home_->file).write(out);
    open_ = open;
    troubled_ = false;
  } catch (const failure& f) {
    if (!std::exchange(troubled_, true)) home_->log.warning("{}", f.info().text());
  }
}

void account::close() {
  const std::lock_guard lock(mutex_);
  if (home_ && open_) keep(false);
  home_.reset();
}

// -- requests -------------------------------------------------------------------------------------

void account::leave(seat& who) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(who.wants_, false)) wake_next();
}

account::reply account::reply_of(const http::http_answer& told) const {
  using failure = http::http_answer::failure;
  reply out;
  out.round_trip = told.round_trip;
  out.reached = told.status != 0 || told.failed == failure::none || told.failed == failure::unknown;
  if (told.status != 0) out.left = quota_in(told.headers, quota_names_, schedule::system_now());
  return out;
}

void account::use(std::uint64_t requests, std::uint64_t rows, clock::time_point when) {
  for (auto& each : windows_) each.limit.arrived(each.amount(requests, rows), when);
}

std::uint32_t account::ended(seat& who, const permit& which, outcome how, const reply& told) {
  const std::lock_guard lock(mutex_);
  const auto now = clock::now();
  --who.under_way_;
  who.rows_ -= which.rows;
  if (told.round_trip.count() > 0)
    shortest_ = std::min(shortest_.value_or(told.round_trip), told.round_trip);
  if (told.reached) {
    use(1, which.rows, now - shortest_.value_or(std::chrono::microseconds(0)) / 2);
  } else {
    for (auto& each : windows_) each.limit.dropped(each.amount(1, which.rows));
  }
  switch (how) {
    case outcome::answered:
      limit_.answered(which.number, told.round_trip, now);
      break;
    case outcome::silent:
      limit_.end();
      break;
    case outcome::refused:
      limit_.refused(which.number, now);
      break;
    case outcome::failed:
      limit_.failed(which.number);
      break;
  }
  if (told.left) heed(*told.left, now);
  wake_next();
  return limit_.allowed();
}

void account::heed(const quota& told, clock::time_point now) {
  largest_ = {std::max(largest_.remaining, told.remaining), std::max(largest_.reset, told.reset)};
  // An end that is later than the one that is known is that of another window.
  constexpr int part = 5;
  const auto until = now + told.reset;
  if (!quota_ || now >= quota_->until || until > quota_->until + largest_.reset / part) {
    quota_ = told_quota{told.remaining, until};
  } else {
    quota_->least = std::min(quota_->least, told.remaining);
  }
}

void account::pause(clock::time_point until) {
  const std::lock_guard lock(mutex_);
  paused_until_ = std::max(paused_until_, until);
}

void account::resume() {
  const std::lock_guard lock(mutex_);
  paused_until_ = {};
  quota_.reset();
}

account::state account::now() const {
  const std::lock_guard lock(mutex_);
  return {limit_.allowed(), limit_.under_way(), limit_.bounded_by(), limit_.round_trip()};
}

void account::wake_next() {
  if (!limit_.has_room()) return;
  seat* next = nullptr;
  for (auto* each : seats_)
    if (each->wants_ && (next == nullptr || each->under_way_ < next->under_way_)) next = each;
  if (next != nullptr) next->wake_();
}

}  // namespace sluice::destinations
