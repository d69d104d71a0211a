// What every actor does about exceptions and unexpected messages.
#pragma once

#include <caf/scheduled_actor.hpp>
#include <string>

namespace sluice {

/// An exception ends the actor with an error that keeps its text (CAF's default drops what()) and
/// names `operation` on `object`; an unexpected message is answered with an error instead of being
/// printed on standard output.
void install_handlers(caf::scheduled_actor& self, std::string operation, std::string object);

}  // namespace sluice
