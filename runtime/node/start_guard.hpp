// Checks that a starting node gets the threads it needs, and reports if it does not.
#pragma once

#include <exception>

namespace sluice::node {

/// Lives while the actor system and its surroundings are built. Some libraries end the process
/// instead of passing a failure on; then this class prints the reason instead of `terminate
/// called`.
class start_guard {
 public:
  /// Throws `failure` (exhausted) if the threads of a start cannot be started at the same time:
  /// CAF's constructor crashes if one fails.
  start_guard();
  ~start_guard();
  start_guard(const start_guard&) = delete;
  start_guard& operator=(const start_guard&) = delete;

  /// Throws `failure` (exhausted) if an actor of this process got no thread: such a node would go
  /// on without its catalog, or never reach a peer.
  static void expect_all_threads();

 private:
  std::terminate_handler before_;
};

}  // namespace sluice::node
