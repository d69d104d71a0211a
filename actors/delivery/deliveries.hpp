// Delivers batches of other nodes into destinations that this node can reach.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/cluster_protocol.hpp"
#include "runtime/destinations/destination.hpp"

namespace sluice::actors {

/// What a deliveries actor is spawned with.
struct deliveries_args {
  /// Makes the destinations of an order. Throws `failure` (invalid_config). Called by the actor's
  /// thread.
  std::function<destinations::destination_factory(const delivery_order&)> make_factory;
  /// Deliveries block, so each has a thread of its own; tests on virtual time switch it off.
  bool own_threads = true;
};

struct deliveries_state {
  static inline const char* name = "deliveries";
  using open_promise = caf::typed_response_promise<caf::strong_actor_ptr>;

  /// A delivery that is open or ending.
  struct delivery {
    delivery_actor agent;
    caf::actor_addr owner;  ///< the writer's courier, on the other node
    delivery_order order;
    std::stop_source stop;

    /// A late delivery must not overwrite a newer one. So an order waits until older attempts of
    /// the same remote destination, and all attempts of other runs of the connection, have ended.
    [[nodiscard]] bool precedes(const delivery_order& later) const;
    void end();
  };
  /// An order that waits for other deliveries to end.
  struct waiting {
    delivery_order order;
    caf::actor_addr owner;
    open_promise answer;
  };
  /// Shared by all deliveries of a connection, from run to run: a rate limit holds for all of them.
  struct shared {
    std::string destination;
    destinations::destination_factory make;
  };

  deliveries_actor::pointer self = nullptr;
  std::shared_ptr<deliveries_args> args;
  std::vector<delivery> open_ones;
  std::vector<waiting> queue;
  std::map<connection_name, shared> factories;
  bool ending = false;

  caf::result<caf::strong_actor_ptr> open(const delivery_order& order);
  void start(waiting w);
  void down(const caf::down_msg& dm);
  /// Ends every delivery, then the actor. It has to see each of them end: CAF 0.17.6 may lose the
  /// `down` message of a detached actor together with the mailbox of the actor that monitored it.
  /// The lost message keeps the detached actor alive, and the actor system waits for its thread.
  void end();
  void quit_if_done();
  [[nodiscard]] bool must_wait(const delivery_order& order) const;
};

deliveries_actor::behavior_type deliveries(
    deliveries_actor::stateful_pointer<deliveries_state> self,
    std::shared_ptr<deliveries_args> args);

}  // namespace sluice::actors
