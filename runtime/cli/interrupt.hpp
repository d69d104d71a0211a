// Ctrl-C while a run is followed: ends the shim, not the run, with a message about that.
#pragma once

#include <string>

namespace sluice::cli {

/// From construction to destruction, SIGINT and SIGTERM print `message` on standard error and then
/// end the process as usual. Only one object at a time.
class interrupt_note {
 public:
  explicit interrupt_note(const std::string& message);
  ~interrupt_note();
  interrupt_note(const interrupt_note&) = delete;
  interrupt_note& operator=(const interrupt_note&) = delete;
  /// Replaces the message; a message that is too long is cut.
  static void say(const std::string& message);
};

}  // namespace sluice::cli
