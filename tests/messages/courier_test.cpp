#include "messages/courier.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "tests/support/sharing_config.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const error gone{errc::unreachable, "talk to node", "a", "it went away", ""};

struct courier_fixture {
  test::sharing_config cfg;
  caf::actor_system system{cfg};
  /// Answers twice a number, and an error for 0.
  caf::actor other = system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](open_atom, std::uint32_t n) -> caf::result<std::uint32_t> {
      if (n == 0) return to_caf({errc::usage, "double", "0", "it stays what it is", ""});
      return 2 * n;
    }};
  });
  caf::actor silent = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self, kept = std::make_shared<std::vector<caf::response_promise>>()](open_atom,
                                                                                  std::uint32_t) {
      kept->push_back(self->make_response_promise());
      return caf::delegated<std::uint32_t>{};
    }};
  });
  ~courier_fixture() {
    for (const auto& a : {other, silent}) caf::anon_send_exit(a, caf::exit_reason::kill);
  }
  static caf::strong_actor_ptr pointer(const caf::actor& a) {
    return caf::actor_cast<caf::strong_actor_ptr>(a);
  }
};

}  // namespace

TEST_CASE_FIXTURE(courier_fixture, "an answer comes back, and so does a refusal") {
  courier c(system, pointer(other), gone);
  CHECK(std::get<std::uint32_t>(
            c.ask<std::uint32_t>(other, 10s, "double", open_atom_v, std::uint32_t{21}).take()) ==
        42);
  const auto refused =
      c.ask<std::uint32_t>(other, 10s, "double", open_atom_v, std::uint32_t{0}).take();
  CHECK(std::get<error>(refused).cause == "it stays what it is");
}

TEST_CASE_FIXTURE(courier_fixture,
                  "whoever waits is told when the watched actor goes, at once and from then on") {
  courier c(system, pointer(other), gone);
  c.watch(pointer(silent));
  const auto pending =
      c.ask<std::uint32_t>(silent, std::nullopt, "double", open_atom_v, std::uint32_t{1});
  caf::anon_send_exit(silent, caf::exit_reason::kill);
  // The mailbox that closes, or the watch: whichever is first.
  CHECK(std::get<error>(pending.take()).code == errc::unreachable);
  const auto next = [&] {
    return c.ask<std::uint32_t>(other, 10s, "double", open_atom_v, std::uint32_t{1}).take();
  };
  // The mailbox closes before whoever watches is told.
  auto answer = next();
  for (const auto end = std::chrono::steady_clock::now() + 10s;
       std::holds_alternative<std::uint32_t>(answer) && std::chrono::steady_clock::now() < end;)
    answer = next();
  REQUIRE(std::holds_alternative<error>(answer));
  CHECK(std::get<error>(answer) == gone);
  CHECK(std::get<error>(next()) == gone);
}

TEST_CASE_FIXTURE(courier_fixture,
                  "a wait ends with a stop, or with its limit, and the answer may come later") {
  courier c(system, pointer(other), gone);
  const auto pending =
      c.ask<std::uint32_t>(silent, std::nullopt, "double", open_atom_v, std::uint32_t{1});
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  CHECK_FALSE(pending.take(stop.get_token()));
  stopper.join();
  CHECK_FALSE(pending.take_within(1ms));
  pending.settle(std::uint32_t{7});
  pending.settle(std::uint32_t{8});  // the first one counts
  CHECK(std::get<std::uint32_t>(pending.take()) == 7);
  const auto late =
      c.ask<std::uint32_t>(silent, 10ms, "double", open_atom_v, std::uint32_t{1}).take();
  CHECK(std::get<error>(late).code == errc::timed_out);
}
