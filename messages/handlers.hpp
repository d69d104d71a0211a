// What every actor here does about exceptions and messages that nobody expects.
#pragma once

#include <caf/scheduled_actor.hpp>
#include <string>

namespace sluice {

/// An exception ends the actor with an error that keeps its text (CAF's default drops what()) and
/// names `operation` on `object`; a message nobody expects is answered with an error instead of
/// being printed on standard output.
void install_handlers(caf::scheduled_actor& self, std::string operation, std::string object);

}  // namespace sluice
