#include "runtime/odbc/interruption.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/odbc/background.hpp"
#include "runtime/odbc/watchdog.hpp"

namespace sluice::odbc {
namespace {

using namespace std::chrono_literals;

/// A cancel that reaches the server before its query is lost. It is repeated, at first soon.
constexpr auto first_repeat = 5ms;
constexpr auto longest_repeat = 80ms;
/// How often the watchdog looks at a session with a requested stop.
constexpr auto look_again = interruption::grace / 4;
/// The shortest interval at which it looks at busy calls before a stop.
constexpr std::chrono::milliseconds look_at_calls = 5s;

}  // namespace

std::shared_ptr<interruption> interruption::make(std::stop_token stop) {
  std::shared_ptr<interruption> made(new interruption(std::move(stop)));
  if (!made->possible()) return made;
  // Its thread starts here, where a failure can be thrown, not in the callback.
  watchdog::instance();
  made->callback_.emplace(made->stop_, notify{made.get()});
  return made;
}

interruption::~interruption() = default;

void interruption::on_stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    requested_at_ = clock::now();
    requested_ = true;
  }
  changed_.notify_all();
  {
    std::unique_lock lock(mutex_);
    if (const auto how = canceller_; how && how->is_immediate()) (void)fire_once(*how, lock);
  }
  if (auto self = weak_from_this().lock()) watchdog::instance().watch(std::move(self));
}

void interruption::arm(std::shared_ptr<canceller> how, std::shared_ptr<driver_socket> socket,
                       bool ahead) {
  if (!possible()) return;
  {
    const std::lock_guard lock(mutex_);
    canceller_ = std::move(how);
    socket_ = std::move(socket);
  }
  if (ahead) start_firing();
}

bool interruption::enter(SQLHSTMT busy) noexcept {
  if (!possible()) return true;
  busy_.store(busy, std::memory_order_relaxed);
  calls_.fetch_add(1, std::memory_order_relaxed);
  phase_.store(phase::calling);
  if (!requested_.load()) [[likely]]
    return true;
  (void)leave();
  return false;
}

bool interruption::leave() noexcept {
  if (!possible()) return true;
  auto expected = phase::calling;
  if (phase_.compare_exchange_strong(expected, phase::idle)) [[likely]]
    return true;
  std::unique_lock lock(mutex_);
  const bool ended = changed_.wait_for(lock, patience_.load(), [this] {
    auto calling = phase::calling;
    return phase_.compare_exchange_strong(calling, phase::idle);
  });
  if (!ended) phase_ = phase::closed;
  return ended;
}

void interruption::enter_cleanup() noexcept {
  if (!possible() || phase_ == phase::closed) return;
  busy_since_ = clock::now().time_since_epoch().count();
  phase_ = phase::cleaning;
}

void interruption::leave_cleanup() noexcept {
  auto expected = phase::cleaning;
  phase_.compare_exchange_strong(expected, phase::idle);
}

void interruption::disarm() noexcept {
  // Its destruction may disconnect a helper, so it happens outside of the lock.
  std::shared_ptr<canceller> last;
  {
    const std::lock_guard lock(mutex_);
    last = std::move(canceller_);
  }
  // After `leave` gave up on a cancel that hangs, that cancel keeps what it uses.
  if (last && phase_ != phase::closed) last->release();
}

void interruption::limit_silence(std::chrono::milliseconds limit) {
  if (!possible() || limit.count() == 0) return;
  silence_limit_ = limit;
  watchdog::instance().watch(shared_from_this());
}

std::optional<interruption::clock::time_point> interruption::look_for_silence(
    clock::time_point now) {
  const auto at = phase_.load();
  if (at == phase::closed) return std::nullopt;
  const std::chrono::milliseconds limit = silence_limit_;
  const auto call = calls_.load(std::memory_order_relaxed);
  // A driver that fetches row by row ends a call with each row, and a driver that reads a large row
  // receives bytes. Neither counts as silence.
  if (at != phase::calling || std::exchange(seen_call_, call) != call) {
    silent_since_ = now;
  } else if (now - silent_since_ >= limit) {
    std::shared_ptr<driver_socket> socket;
    {
      const std::lock_guard lock(mutex_);
      socket = socket_;
    }
    if (!socket) return std::nullopt;  // there is nothing to cut
    if (const auto since = socket->silent_for(); since && *since < limit) {
      silent_since_ = now - *since;
    } else {
      silent_ = true;
      cut();
      return std::nullopt;
    }
  }
  return std::min(now + std::min(limit / 4, look_at_calls), silent_since_ + limit);
}

bool interruption::severed() noexcept {
  const std::lock_guard lock(mutex_);
  return severed_;
}

void interruption::close() noexcept {
  callback_.reset();
  {
    const std::lock_guard lock(mutex_);
    phase_ = phase::closed;
    socket_.reset();
  }
  changed_.notify_all();
}

void interruption::start_firing() {
  {
    const std::lock_guard lock(mutex_);
    if (firing_thread_ || !canceller_) return;
    firing_thread_ = true;
  }
  try {
    run_in_background("odbc-cancel", [self = shared_from_this()] { self->fire_until_it_ends(); });
  } catch (const std::system_error&) {
    // No thread could be started: the watchdog still cuts the socket.
    const std::lock_guard lock(mutex_);
    firing_thread_ = false;
  }
}

void interruption::fire_until_it_ends() {
  std::unique_lock lock(mutex_);
  const auto how = canceller_;
  if (!how) return;
  lock.unlock();
  how->prepare();
  lock.lock();
  changed_.wait(lock, [this] { return requested_ || phase_ == phase::closed; });
  // After the request a session begins no further call, so the loop ends the first time that no
  // call is busy.
  std::chrono::milliseconds repeat = first_repeat;
  for (;;) {
    if (!fire_once(*how, lock)) break;
    changed_.wait_for(lock, repeat, [this] { return phase_ != phase::calling; });
    repeat = std::min<std::chrono::milliseconds>(repeat * 2, longest_repeat);
  }
  if (!severed_) return;
  lock.unlock();
  // Once more, since the earlier cancels may have come too early.
  how->end_abandoned();
}

bool interruption::fire_once(canceller& how, std::unique_lock<std::mutex>& lock) {
  auto expected = phase::calling;
  if (!phase_.compare_exchange_strong(expected, phase::firing)) return false;
  lock.unlock();
  how.fire(busy_.load(std::memory_order_relaxed));
  lock.lock();
  expected = phase::firing;
  if (!phase_.compare_exchange_strong(expected, phase::calling)) return false;  // by `leave`
  changed_.notify_all();
  return true;
}

void interruption::sever() noexcept {
  std::shared_ptr<driver_socket> socket;
  {
    const std::lock_guard lock(mutex_);
    socket = socket_;
    severed_ = true;
  }
  if (socket) socket->sever();
}

void interruption::cut() noexcept {
  sever();
  std::shared_ptr<canceller> how;
  {
    const std::lock_guard lock(mutex_);
    how = canceller_;
  }
  if (how) how->abandon();
}

std::optional<interruption::clock::time_point> interruption::enforce(clock::time_point now) {
  if (!requested_) return look_for_silence(now);
  start_firing();
  clock::time_point asked_at;
  {
    const std::lock_guard lock(mutex_);
    asked_at = requested_at_;
  }
  switch (phase_.load()) {
    case phase::closed:
      return std::nullopt;
    case phase::calling:
    case phase::firing:
      if (now >= asked_at + grace) {
        cut();
      } else if (now >= asked_at + patience_.load()) {
        sever();
      }
      break;
    case phase::cleaning: {
      const clock::time_point since{clock::duration(busy_since_.load())};
      if (now >= std::max(asked_at, since) + grace) cut();
      break;
    }
    case phase::idle:
      break;
  }
  if (now < asked_at + patience_.load())
    return std::min(now + look_again, asked_at + patience_.load());
  return now + look_again;
}

}  // namespace sluice::odbc
