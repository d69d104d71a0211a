// Ctrl-C while a run is followed: it ends the shim, not the run, and says so.
#pragma once

#include <string>

namespace sluice::cli {

/// From construction to destruction, SIGINT and SIGTERM print `message` on standard error and then
/// end the process as they would have. One at a time.
class interrupt_note {
 public:
  explicit interrupt_note(const std::string& message);
  ~interrupt_note();
  interrupt_note(const interrupt_note&) = delete;
  interrupt_note& operator=(const interrupt_note&) = delete;
  /// Another message from now on; of a bounded length, the rest is cut.
  static void say(const std::string& message);
};

}  // namespace sluice::cli
