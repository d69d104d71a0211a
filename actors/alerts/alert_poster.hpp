// Sends alerts to one endpoint, one at a time, on a thread of its own.
#pragma once

#include <memory>
#include <stop_token>

#include "actors/common/protocol.hpp"
#include "runtime/alerts/alert_sender.hpp"

namespace sluice::actors {

struct alert_poster_state {
  static inline const char* name = "alert_poster";
  std::unique_ptr<alerts::alert_sender> sender;
};

/// Spawn it detached: it blocks in libcurl, at the longest until `stop` is requested.
alert_poster_actor::behavior_type alert_poster(
    alert_poster_actor::stateful_pointer<alert_poster_state> self, const schedule::clock& now,
    const std::stop_token& stop);

}  // namespace sluice::actors
