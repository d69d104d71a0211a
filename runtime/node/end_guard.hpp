// Makes sure that a node that is ending does end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/log/logger.hpp"

namespace sluice::node {

/// Ends the process if its orderly end takes too long: because of a hanging driver, a disk that
/// does not answer, or an actor that no longer reads its messages. The next start closes a run that
/// was cut off this way as interrupted, as after kill -9. The guard's thread starts at
/// construction, since a node that is ending may get no thread any more. Thread safe.
class end_guard {
 public:
  /// Throws std::system_error if no thread can be had.
  explicit end_guard(log::logger log);
  /// The process ends by itself.
  ~end_guard();
  end_guard(const end_guard&) = delete;
  end_guard& operator=(const end_guard&) = delete;

  /// If the process has not ended after `limit`, ends it with `code`, and logs that it no longer
  /// waits for `what`. The earliest of several limits counts.
  void end_within(std::chrono::milliseconds limit, int code, std::string what);
  /// Ends the process now. Runs no destructors and no exit handlers, since other threads may still
  /// use their objects. REQUIRES: catalog and ledgers are closed.
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
