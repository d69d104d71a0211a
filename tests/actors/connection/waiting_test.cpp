// Starts that wait behind a run, and who waits for them.
#include <doctest/doctest.h>

#include <memory>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;

namespace {

/// Whoever waits, as an actor that does nothing else.
caf::actor somebody(test::connection_fixture& node) {
  return node.system.spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](tick_atom) {}}; });
}

/// Starts a run behind the present one, in the name of `who` and by an asker that ends at once.
run_record start_behind(test::connection_fixture& node, const caf::actor& who) {
  auto record = std::make_shared<run_record>();
  node.system.spawn([&node, who, record](caf::event_based_actor* self) {
    self->request(node.supervisor, caf::infinite, command::start{"customers", {.wait = true}},
                  waiting{caf::actor_cast<caf::strong_actor_ptr>(who)})
        .then([record](const run_record& r) { *record = r; });
  });
  node.run_until([&] { return !record->run.empty(); });
  CHECK(record->state == run_state::postponed);
  return *record;
}

test::answer<run_record> await_end(test::connection_fixture& node, const run_record& run) {
  return node.ask<run_record>(node.supervisor,
                              command::await{"customers", run.run, command::poll_time{60'000}});
}

}  // namespace

TEST_CASE_FIXTURE(test::hundred_rows,
                  "a start that waits outlives its messenger and goes with whoever waits") {
  test::connection_fixture node(*this);
  node.start();
  node.run_until([&] { return destination.deliveries() >= 3; });
  const auto stays = somebody(node);
  const auto goes = somebody(node);
  const auto kept = start_behind(node, stays);
  const auto given_up = start_behind(node, goes);
  caf::anon_send_exit(goes, caf::exit_reason::kill);
  node.run();
  CHECK(await_end(node, kept).get().state == run_state::succeeded);
  CHECK(await_end(node, given_up).failed.code == errc::usage);  // there never was such a run
  CHECK(node.status().run->run == kept.run);
  caf::anon_send_exit(stays, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(test::hundred_rows, "all starts that somebody waits for go with them") {
  test::connection_fixture node(*this);
  const auto present = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 3; });
  const auto who = somebody(node);
  for (int i = 0; i < 3; ++i) start_behind(node, who);
  caf::anon_send_exit(who, caf::exit_reason::kill);
  node.run();
  CHECK(node.status().run->run == present.run);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a start that nobody waits for begins all the same") {
  test::connection_fixture node(*this);
  node.start();
  node.run_until([&] { return destination.deliveries() >= 3; });
  const auto run = start_behind(node, {});
  node.run();
  CHECK(await_end(node, run).get().state == run_state::succeeded);
}

TEST_CASE_FIXTURE(test::hundred_rows,
                  "the end of whoever waited for a run that began stops nothing") {
  test::connection_fixture node(*this);
  node.start();
  node.run_until([&] { return destination.deliveries() >= 3; });
  const auto who = somebody(node);
  const auto run = start_behind(node, who);
  while (node.status().run->run != run.run) REQUIRE(node.step());
  caf::anon_send_exit(who, caf::exit_reason::kill);
  node.run();
  CHECK(await_end(node, run).get().state == run_state::succeeded);
}
