// Sees to it that a node that ends does end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/log/logger.hpp"

namespace sluice::node {

/// Ends the process where its orderly end takes too long: a driver that hangs, a disk that does not
/// answer, a mailbox that nobody empties cannot be waited for. A run that is cut off this way is
/// closed as interrupted by the next start, as after kill -9. Its thread starts with it, since a
/// node that ends may not get one any more. Thread safe.
class end_guard {
 public:
  /// Throws std::system_error if no thread can be had.
  explicit end_guard(log::logger log);
  /// The process ends by itself.
  ~end_guard();
  end_guard(const end_guard&) = delete;
  end_guard& operator=(const end_guard&) = delete;

  /// The process must have ended `limit` from now, or it ends with `code`, saying that it does not
  /// wait for `what` any longer. The earliest of several ends counts.
  void end_within(std::chrono::milliseconds limit, int code, std::string what);
  /// Ends the process now, without what other threads still use: no destructor runs, no exit
  /// handler. REQUIRES: what is durable was closed.
  [[noreturn]] static void leave(int code);

 private:
  using clock = std::chrono::steady_clock;
  struct last_call {
    clock::time_point at;
    int code;
    std::string what;
  };
  void watch();

  log::logger log_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::optional<last_call> last_call_;
  bool done_ = false;
  std::thread thread_;  ///< last: it uses everything above
};

}  // namespace sluice::node
