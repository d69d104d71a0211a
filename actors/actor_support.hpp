// What every actor here does about exceptions and messages that nobody expects.
#pragma once

#include <caf/all.hpp>
#include <exception>
#include <string>

#include "messages/protocol.hpp"

namespace sluice::actors {

/// Any exception as an error that names the operation it broke.
error error_from(const std::exception_ptr& thrown, const std::string& operation,
                 const std::string& object);

/// An exception ends the actor with an error that keeps its text (CAF's default drops what()), and
/// a message nobody expects is answered with an error instead of being printed on standard output.
template <class Self>
void install_handlers(Self* self, std::string role, std::string object) {
  self->set_exception_handler([role = std::move(role), object = std::move(object)](
                                  std::exception_ptr& thrown) -> caf::error {
    return to_caf(error_from(thrown, role, object));
  });
  self->set_default_handler(caf::drop);
}

}  // namespace sluice::actors
