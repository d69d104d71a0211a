#include "runtime/node/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sluice::node {
namespace {

/// A single line: in a notification a line break would begin another assignment.
std::string status_line(std::string_view text) {
  return "STATUS=" + std::string(text.substr(0, text.find('\n')));
}

/// The clock by which systemd orders reloads.
std::int64_t monotonic_microseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

service_manager::service_manager(log::logger log) : log_(std::move(log)) {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return;
  socket_ = socket;
  std::uint64_t microseconds = 0;
  const int enabled = ::sd_watchdog_enabled(0, &microseconds);
  if (enabled > 0) watchdog_ = std::chrono::microseconds(microseconds);
  if (enabled < 0)
    log_.warning(
        "the service manager's watchdog is not served: bad WATCHDOG_USEC or WATCHDOG_PID: "
        "{}",
        std::strerror(-enabled));
}

void service_manager::ready(std::string_view status) const {
  tell("READY=1\n" + status_line(status));
}

void service_manager::reloading() const {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void service_manager::stopping(std::string_view status) const {
  tell("STOPPING=1\n" + status_line(status));
}

void service_manager::status(std::string_view status) const { tell(status_line(status)); }

void service_manager::alive() const { tell("WATCHDOG=1"); }

void service_manager::extend_timeout(std::chrono::microseconds more) const {
  tell("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count()));
}

void service_manager::tell(const std::string& state) const {
  if (!present()) return;
  const int told = ::sd_notify(0, state.c_str());
  if (told >= 0) {
    deaf_ = false;
  } else if (!deaf_.exchange(true)) {
    log_.warning("the service manager cannot be told the state of the node: NOTIFY_SOCKET={}: {}",
                 socket_, std::strerror(-told));
  }
}

}  // namespace sluice::node
