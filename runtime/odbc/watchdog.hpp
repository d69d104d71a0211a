// One thread of the process that watches sessions with a requested stop: starts their cancellers,
// and cuts the sessions that do not end. Never blocks in a driver. Internal to runtime/odbc.
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

  /// Watches `session` until interruption::enforce returns nothing. Any thread; does not block.
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
