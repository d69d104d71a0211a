// Requests and answers whose content is nobody's business on the way: one piece of code passes all
// of them on.
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

/// As `self->request(...).then(...)`: one of both functions is called by the actor's thread, unless
/// the actor ends before.
void send_request(caf::scheduled_actor& self, const any_request& request,
                  std::function<void(caf::message)> answered,
                  std::function<void(caf::error)> failed);

}  // namespace sluice
