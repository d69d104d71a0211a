// Threads of runs that were ended without them: a driver or a library call that hangs cannot be
// ended from outside, only left to itself.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/names.hpp"
#include "messages/timestamp.hpp"

namespace sluice::actors {

/// One of them.
struct hung_thread {
  run_id run;
  std::string who;  ///< `reader`, `writer 2`
  timestamp since;  ///< when it was set aside

  bool operator==(const hung_thread&) const = default;
};

/// Why a connection takes no run as long as these have not come back, in answer to `operation`.
error refusal_of(const std::vector<hung_thread>& hung, const std::string& operation,
                 const connection_name& connection);

/// Those of a node, by connection: who supervises a connection may change, and its configuration,
/// but a thread that hangs still has its ledger. Thread safe.
class hung_threads {
 public:
  /// `alive` expires when the thread has let go of all that it held.
  void add(const connection_name& connection, hung_thread what, std::weak_ptr<const void> alive);
  /// Those of a connection that have not come back.
  [[nodiscard]] std::vector<hung_thread> of(const connection_name& connection);
  /// Those of all connections.
  [[nodiscard]] std::size_t count();

 private:
  struct entry {
    hung_thread what;
    std::weak_ptr<const void> alive;
  };
  void forget_those_back();

  std::mutex mutex_;
  std::multimap<connection_name, entry> entries_;
};

}  // namespace sluice::actors
