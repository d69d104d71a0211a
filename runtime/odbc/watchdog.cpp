#include "runtime/odbc/watchdog.hpp"

#include <pthread.h>

#include <algorithm>

namespace sluice::odbc {

watchdog& watchdog::instance() {
  static watchdog dog;
  return dog;
}

watchdog::watchdog() : thread_([this] { run(); }) {}

watchdog::~watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void watchdog::watch(std::shared_ptr<interruption> session) noexcept {
  {
    const std::lock_guard lock(mutex_);
    arrived_.push_back({std::move(session), interruption::clock::now()});
  }
  changed_.notify_all();
}

void watchdog::run() {
  pthread_setname_np(pthread_self(), "odbc-watchdog");
  std::vector<watched_session> watched;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (arrived_.empty() && watched.empty()) {
      changed_.wait(lock);
    } else if (arrived_.empty()) {
      const auto next = std::min_element(watched.begin(), watched.end(), [](auto& a, auto& b) {
                          return a.due < b.due;
                        })->due;
      changed_.wait_until(lock, next);
    }
    std::move(arrived_.begin(), arrived_.end(), std::back_inserter(watched));
    arrived_.clear();
    lock.unlock();
    const auto now = interruption::clock::now();
    std::erase_if(watched, [now](watched_session& e) {
      if (e.due > now) return false;
      const auto again = e.session->enforce(now);
      if (again) e.due = *again;
      return !again;
    });
    lock.lock();
  }
}

}  // namespace sluice::odbc
