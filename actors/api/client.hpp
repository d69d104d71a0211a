// Asks the front one question for a client that may hang up before it is answered.
#pragma once

#include <chrono>

#include "actors/common/api_protocol.hpp"
#include "messages/commands.hpp"

namespace sluice::actors {

/// What such an actor is spawned with.
struct client_args {
  front_actor front;
  command::any what;
  std::chrono::milliseconds patience;  ///< beyond what the command may take
};

/// Ends when the question is answered. Told to end before, it answers that the client has gone.
client_actor::behavior_type client(client_actor::pointer self, client_args args);

}  // namespace sluice::actors
