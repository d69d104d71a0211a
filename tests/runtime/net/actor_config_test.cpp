#include "runtime/net/actor_config.hpp"

#include <doctest/doctest.h>

#include <caf/all.hpp>
#include <fstream>

#include "messages/protocol.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

TEST_CASE("two actor systems on one machine are two nodes") {
  actor_config a{role::shim};
  actor_config b{role::shim};
  const caf::actor_system first{a};
  const caf::actor_system second{b};
  CHECK(first.node() != second.node());
}

TEST_CASE("an exception in an actor reaches whoever asked with its text") {
  actor_config config{role::shim};
  caf::actor_system system{config};
  const auto ask = [&](int what) {
    const auto thrower = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      set_handlers(*self);
      return {[](int kind) -> int {
        if (kind == 0)
          throw failure(errc::ledger_corrupt, "open ledger", "c", "torn", "restore it");
        throw std::runtime_error("out of luck");
      }};
    });
    error result;
    caf::scoped_actor self{system};
    self->request(thrower, 10s, what)
        .receive([](int) { FAIL("answered"); },
                 [&](const caf::error& e) { result = to_error(e, "test"); });
    return result;
  };
  CHECK(ask(0) == error{errc::ledger_corrupt, "open ledger", "c", "torn", "restore it"});
  CHECK(ask(1).cause == "out of luck");
}

TEST_CASE("a message that an actor does not know is answered with an error") {
  actor_config config{role::shim};
  caf::actor_system system{config};
  const auto listener = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    set_handlers(*self);
    return {[](int x) { return x; }};
  });
  caf::scoped_actor self{system};
  self->request(listener, 10s, std::string{"what?"})
      .receive([] { FAIL("answered"); },
               [](const caf::error& e) { CHECK(e == caf::sec::unexpected_message); });
  self->send_exit(listener, caf::exit_reason::user_shutdown);
}
