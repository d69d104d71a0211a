// The requests of the front, as bytes.
#pragma once

#include <span>

#include "messages/message_form.hpp"

namespace sluice {

/// What a client may ask: every request of `front_actor`, derived from its declaration, and nothing
/// else. Valid for ever.
std::span<const message_form> front_requests();

}  // namespace sluice
