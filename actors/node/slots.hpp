// Bounds how many runs a node has active at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "actors/common/protocol.hpp"

namespace sluice::actors {

struct slots_state {
  static inline const char* name = "slots";

  std::size_t limit = 1;
  std::set<run_id> holders;
  /// Waiting runs, by due time and then by run; at most one per
  /// connection.
  std::map<std::pair<timestamp, run_id>, caf::typed_response_promise<bool>> queue;

  void release(const run_id& run);
  void grant();
};

slots_actor::behavior_type slots(slots_actor::stateful_pointer<slots_state> self,
                                 std::size_t limit);

}  // namespace sluice::actors
