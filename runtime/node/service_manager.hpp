// The service manager that started this node: systemd, or whatever speaks its protocol.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/log/logger.hpp"

namespace sluice::node {

/// Tells the service manager what the node does, as sd_notify(3) describes it. Where none listens
/// (no $NOTIFY_SOCKET) every call does nothing. One that cannot be told is a warning in the log,
/// not repeated until it could be told again, and nothing else. Thread safe. A status is one line
/// of text for people, as `systemctl status` shows it; what follows its first line is left out.
class service_manager {
 public:
  explicit service_manager(log::logger log);

  /// Somebody listens.
  [[nodiscard]] bool present() const { return !socket_.empty(); }
  /// Within which time it wants to hear `alive` again and again; nothing if it does not watch.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  /// The node accepts messages: once when it has started, and after each `reloading`.
  void ready(std::string_view status) const;
  /// The configuration is being read again, until `ready`.
  void reloading() const;
  /// The node has begun to end.
  void stopping(std::string_view status) const;
  void status(std::string_view status) const;
  /// The node works; resets the watchdog.
  void alive() const;
  /// Starting or ending goes on for so long from now, whatever the service's time-outs say.
  void extend_timeout(std::chrono::microseconds more) const;

 private:
  void tell(const std::string& state) const;

  log::logger log_;
  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
  mutable std::atomic<bool> deaf_{false};  ///< the last attempt to tell it failed
};

}  // namespace sluice::node
