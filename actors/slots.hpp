// Bounds how many runs a node has active at a time.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "messages/protocol.hpp"

namespace sluice::actors {

struct slots_state {
  static inline const char* name = "slots";

  struct waiting {
    std::string run;
    caf::typed_response_promise<bool> granted;
  };

  std::size_t limit = 1;
  std::set<std::string> holders;  ///< run ids
  std::deque<waiting> queue;      ///< first come, first served; bounded by one per connection

  void release(const std::string& run);
  void grant();
};

slots_actor::behavior_type slots(slots_actor::stateful_pointer<slots_state> self,
                                 std::size_t limit);

}  // namespace sluice::actors
