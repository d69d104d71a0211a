// Reports ended runs to alert endpoints, in order for each. A slow endpoint delays neither runs,
// nor other endpoints, nor the shutdown.
//
//   run ended ──► alerts ── queue of an endpoint ── one attempt at a time ──► poster ──► endpoint
//                             ▲ waits, gives up, forgets: alert_queue.hpp     detached: blocks
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "actors/common/protocol.hpp"
#include "runtime/alerts/alert_queue.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::actors {

/// What the alerts actor is spawned with.
struct alerts_args {
  node_name node;  ///< its name
  log::logger log;
  schedule::clock now;
  std::function<std::string()> new_id;
  std::function<double()> random;  ///< 0 to 1, for waits
  /// Makes the actor that sends to one endpoint until a stop is requested.
  std::function<alert_poster_actor(caf::actor_system&, const std::stop_token&)> spawn_poster;
  alerts::effort worth = {};
};

/// Arguments for a node: the machine's clock and random numbers, and posters with threads of their
/// own.
alerts_args make_alerts_args(node_name node, log::logger log, std::function<std::string()> new_id);

struct alerts_state {
  static inline const char* name = "alerts";

  /// An endpoint's queue and poster. The poster, and so its thread, lives only while an attempt is
  /// under way or the next one follows at once.
  struct lane {
    alerts::alert_queue queue;
    alert_poster_actor poster;
    bool ticking = false;  ///< a `next` message is on its way
  };

  alerts_state() = default;
  /// Breaks off attempts that are under way.
  ~alerts_state();
  alerts_state(const alerts_state&) = delete;
  alerts_state& operator=(const alerts_state&) = delete;

  alerts_actor::pointer self = nullptr;
  std::optional<alerts_args> args;
  std::map<std::string, lane> lanes;  ///< by `key_of` the endpoint
  /// Pagers and connections with an incident that is not over yet.
  std::set<std::string> open_incidents;
  std::stop_source stop;  ///< of all posters
  std::optional<caf::typed_response_promise<std::uint64_t>> leaving;

  void raise(const run_ended& ended, const alert_endpoints& whom);
  void add(alerts::alert what);
  /// Makes the next attempt at an endpoint, or schedules it.
  void advance(const std::string& key);
  void settle(const std::string& key, const alert_reply& reply);
  caf::result<std::uint64_t> shut_down();
  void leave_if_done();
  void leave();
};

alerts_actor::behavior_type alerts(alerts_actor::stateful_pointer<alerts_state> self,
                                   alerts_args args);

}  // namespace sluice::actors
