// Hanging threads of runs that ended without them: a driver or library call that hangs cannot be
// ended from outside.
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

/// The answer to `operation` of a connection that takes no run until these threads have come back.
error refusal_of(const std::vector<hung_thread>& hung, const std::string& operation,
                 const connection_name& connection);

/// The hanging threads of a node, by connection. Supervisor and configuration of a connection may
/// change, but a hanging thread still holds its ledger. Thread safe.
class hung_threads {
 public:
  /// `alive` expires when the thread has released everything.
  void add(const connection_name& connection, hung_thread what, std::weak_ptr<const void> alive);
  /// The threads of a connection that have not come back.
  [[nodiscard]] std::vector<hung_thread> of(const connection_name& connection);
  /// The number for all connections.
  [[nodiscard]] std::size_t count();

 private:
  struct lost_thread {
    hung_thread what;
    std::weak_ptr<const void> alive;
  };
  void forget_those_back();

  std::mutex mutex_;
  std::multimap<connection_name, lost_thread> threads_;
};

}  // namespace sluice::actors
