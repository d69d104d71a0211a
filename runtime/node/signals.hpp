// SIGINT, SIGTERM and SIGHUP: blocked in all threads, and waited for by one.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "runtime/os/unique_fd.hpp"

namespace sluice::node {

/// Blocks the signals in the constructing thread, and so in all threads started later. Ignores
/// signals that would end the node for one failed write: SIGPIPE (a peer is gone) and SIGXFSZ (a
/// file reached the size limit of the process). Construct it before any other thread.
///
/// Its own thread waits from then on. Before `watch`, SIGINT and SIGTERM end the process as by
/// default: no run needs a drain yet, and a start that hangs can be ended.
class signals {
 public:
  /// Throws `failure`, or std::system_error if no thread can be started.
  signals();
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  struct handlers {
    std::function<void(unsigned count)> end;  ///< SIGINT, SIGTERM: called with 1, 2, …
    std::function<void()> reload;             ///< SIGHUP
  };
  /// Calls the handlers from now on, on its thread. Once only.
  void watch(handlers what);
  /// Calls no handler any more, so objects that the handlers use may be destroyed. Later signals
  /// are ignored.
  void unwatch();

 private:
  enum class stage : unsigned char { starting, watching, ending };
  void wait();
  void take(unsigned signal);

  os::unique_fd wake_;      ///< eventfd that ends the thread
  os::unique_fd arriving_;  ///< signalfd
  std::mutex mutex_;        ///< guards what follows
  stage at_ = stage::starting;
  handlers call_;
  unsigned count_ = 0;
  std::chrono::steady_clock::time_point first_;
  std::thread thread_;
};

}  // namespace sluice::node
