// An actor system with threads of its own, as in nodes and shims, without networking.
#pragma once

#include <caf/all.hpp>

#include "messages/protocol.hpp"

namespace sluice::test {

struct sharing_config : caf::actor_system_config {
  sharing_config() {
    configure_protocol(*this);
    set("scheduler.policy", caf::atom("sharing"));
  }
};

}  // namespace sluice::test
