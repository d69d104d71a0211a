// Requests and answers of any content, passed on by code that does not look at the content.
#pragma once

#include <caf/duration.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>
#include <caf/message_priority.hpp>
#include <functional>

namespace sluice {

struct any_request {
  caf::strong_actor_ptr to;
  caf::message what;
  caf::duration limit = caf::infinite;  ///< an answer that takes longer is `sec::request_timeout`
  caf::message_priority priority = caf::message_priority::normal;
};

/// As `self->request(...).then(...)`: the actor's thread calls one of the two functions, unless the
/// actor ends before.
void send_request(caf::scheduled_actor& self, const any_request& request,
                  std::function<void(caf::message)> answered,
                  std::function<void(caf::error)> failed);

}  // namespace sluice
