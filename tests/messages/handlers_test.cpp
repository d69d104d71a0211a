#include "messages/handlers.hpp"

#include <doctest/doctest.h>

#include <caf/all.hpp>

#include "messages/protocol.hpp"
#include "messages/thread_start.hpp"

#include "tests/support/no_threads.hpp"
#include "tests/support/sharing_config.hpp"

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("an exception in an actor reaches whoever asked with its text") {
  test::sharing_config config;
  caf::actor_system system{config};
  const auto ask = [&](int what) {
    const auto thrower = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      install_handlers(*self, "count", "rows");
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
  const auto other = ask(1);
  CHECK(other.code == errc::internal);
  CHECK(other.message() == "count 'rows': out of luck");
}

TEST_CASE("a message that an actor does not know is answered with an error") {
  test::sharing_config config;
  caf::actor_system system{config};
  const auto listener = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    install_handlers(*self, "count", "rows");
    return {[](int x) { return x; }};
  });
  caf::scoped_actor self{system};
  self->request(listener, 10s, std::string{"what?"})
      .receive([] { FAIL("answered"); },
               [](const caf::error& e) { CHECK(e == caf::sec::unexpected_message); });
  self->send_exit(listener, caf::exit_reason::user_shutdown);
}

TEST_CASE("a detached actor without a thread ends with the reason, and its spawner goes on") {
  test::sharing_config config;
  const auto state = std::make_shared<int>(0);
  {
    caf::actor_system system{config};
    caf::scoped_actor self{system};
    const auto before = actors_without_thread();
    caf::actor ended;
    {
      const test::no_threads now;
      ended = system.spawn<caf::detached>([state](caf::event_based_actor* me) -> caf::behavior {
        install_handlers(*me, "count", "rows");
        return {[state](int x) { return x; }};
      });
    }
    CHECK(actors_without_thread() == before + 1);
    self->monitor(ended);
    self->receive([](const caf::down_msg& down) {
      CHECK(to_error(down.reason, "test").code == errc::exhausted);
    });
    self->request(ended, 10s, 1).receive([](int) { FAIL("answered"); }, [](const caf::error&) {});
    ended = nullptr;
    CHECK(state.use_count() == 1);  // whatever it held has gone with it
    const auto next = system.spawn<caf::detached>(
        [](caf::event_based_actor*) -> caf::behavior { return {[](int x) { return x + 1; }}; });
    self->request(next, 10s, 1)
        .receive([](int x) { CHECK(x == 2); }, [](const caf::error&) { FAIL("no answer"); });
    self->send_exit(next, caf::exit_reason::user_shutdown);
  }  // an actor system that waited for the one without a thread would not end
}
