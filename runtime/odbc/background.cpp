#include "runtime/odbc/background.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluice::odbc {
namespace {

constexpr std::chrono::seconds exit_patience{10};

class thread_count {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) none_left_.notify_all();
  }
  bool wait_for_none(std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    return none_left_.wait_for(lock, patience, [this] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  unsigned running_ = 0;
};

thread_count& threads() {
  // Never destroyed: a thread that was given up may still end after exit handlers ran.
  static auto* const count = new thread_count;
  return *count;
}

}  // namespace

void run_in_background(const char* name, std::function<void()> work) {
  threads().add();
  try {
    std::thread([name, work = std::move(work)]() mutable {
      pthread_setname_np(pthread_self(), name);
      work();
      work = nullptr;  // frees what `work` owns before the thread counts as gone
      threads().remove();
    }).detach();
  } catch (...) {
    threads().remove();
    throw;
  }
}

bool finish_background() { return threads().wait_for_none(exit_patience); }

}  // namespace sluice::odbc
