// What a node that starts needs of the machine, and what it says if that is not to be had.
#pragma once

#include <exception>

namespace sluice::node {

/// Lives while the actor system and what is around it is built. Some libraries do not let a failure
/// out and end the process instead: then it says why, in place of `terminate called`.
class start_guard {
 public:
  /// Throws `failure` (exhausted) if the threads of a start cannot be had at a time: CAF's
  /// constructor does not outlive one that fails.
  start_guard();
  ~start_guard();
  start_guard(const start_guard&) = delete;
  start_guard& operator=(const start_guard&) = delete;

  /// Throws `failure` (exhausted) if an actor of this process got no thread: a node without one of
  /// them would go on without its catalog, or never reach a peer.
  static void expect_all_threads();

 private:
  std::terminate_handler before_;
};

}  // namespace sluice::node
