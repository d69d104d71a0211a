#include "runtime/odbc/background.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluice::odbc {
namespace {

constexpr std::chrono::seconds exit_patience{10};

/// Counts the threads that run, so that the process does not tear drivers down under them.
class thread_count {
 public:
  ~thread_count() {
    std::unique_lock lock(mutex_);
    none_left_.wait_for(lock, exit_patience, [this] { return running_ == 0; });
  }
  void add() {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) none_left_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  unsigned running_ = 0;
};

thread_count& threads() {
  static thread_count count;
  return count;
}

}  // namespace

void run_in_background(const char* name, std::function<void()> work) {
  threads().add();
  try {
    std::thread([name, work = std::move(work)]() mutable {
      pthread_setname_np(pthread_self(), name);
      work();
      work = nullptr;  // what it owns goes before the thread counts as gone
      threads().remove();
    }).detach();
  } catch (...) {
    threads().remove();
    throw;
  }
}

}  // namespace sluice::odbc
