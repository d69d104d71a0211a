// The service manager that started this node: systemd, or another with the same protocol.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/log/logger.hpp"

namespace sluice::node {

/// Notifies the service manager of the node's state, as sd_notify(3) describes. Without a service
/// manager (no $NOTIFY_SOCKET) every call does nothing. If a notification fails, a warning is
/// logged, once until one succeeds again. Thread safe. A status is one line of text for people, as
/// `systemctl status` shows it; further lines are left out.
class service_manager {
 public:
  explicit service_manager(log::logger log);

  /// Whether there is a service manager.
  [[nodiscard]] bool present() const { return !socket_.empty(); }
  /// The longest time between two calls of `alive`; nothing if the service manager does not watch.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  /// The node accepts messages: once when it has started, and after each `reloading`.
  void ready(std::string_view status) const;
  /// The configuration is being read again, until `ready`.
  void reloading() const;
  /// The node has begun to end.
  void stopping(std::string_view status) const;
  void status(std::string_view status) const;
  /// The node is alive: resets the watchdog.
  void alive() const;
  /// Extends the service's time-outs: starting or ending may take so long from now.
  void extend_timeout(std::chrono::microseconds more) const;

 private:
  void tell(const std::string& state) const;

  log::logger log_;
  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
  mutable std::atomic<bool> deaf_{false};  ///< the last notification failed
};

}  // namespace sluice::node
