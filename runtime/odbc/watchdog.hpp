// One thread for the process that looks after sessions which were told to stop: it starts what
// cancels them and cuts those that do not end. It never blocks in a driver. Internal to
// runtime/odbc.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/odbc/interruption.hpp"

namespace sluice::odbc {

class watchdog {
 public:
  static watchdog& instance();
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// From now on `session` is looked after, until it says that nothing is left to do. Any thread;
  /// does not block.
  void watch(std::shared_ptr<interruption> session) noexcept;

 private:
  struct watched_session {
    std::shared_ptr<interruption> session;
    interruption::clock::time_point due;
  };

  watchdog();
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<watched_session> arrived_;  ///< not yet taken over by the thread
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace sluice::odbc
