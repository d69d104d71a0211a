#include "messages/handlers.hpp"

#include <utility>

#include "messages/protocol.hpp"
#include "messages/thread_start.hpp"

namespace sluice {

void install_handlers(caf::scheduled_actor& self, std::string operation, std::string object) {
  self.set_exception_handler([operation = std::move(operation), object = std::move(object)](
                                 caf::scheduled_actor*, std::exception_ptr& thrown) -> caf::error {
    return to_caf(error_from(thrown, operation, object));
  });
  self.set_default_handler(caf::drop);
  (void)actors_without_thread();  // so that every program with actors links thread_start.cpp
}

}  // namespace sluice
