// SIGINT, SIGTERM and SIGHUP: taken off every thread and waited for by one.
#pragma once

#include <functional>
#include <thread>

namespace sluice::node {

/// Blocks the signals in the thread that constructs it, and so in all threads started later, and
/// ignores those that would end the node for one failed write: SIGPIPE (a peer is gone) and SIGXFSZ
/// (a file reached the size limit of the process). Construct it before any other thread.
class signals {
 public:
  signals();
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  struct handlers {
    std::function<void(unsigned count)> end;  ///< SIGINT, SIGTERM: called with 1, 2, …
    std::function<void()> reload;             ///< SIGHUP
  };
  /// Calls the handlers on a thread of its own. Once only.
  void watch(handlers what);
  /// Calls nobody any more: what the handlers refer to may go. Signals that come now are ignored.
  void unwatch();

 private:
  int wake_ = -1;  ///< eventfd that ends the thread
  std::thread thread_;
};

}  // namespace sluice::node
