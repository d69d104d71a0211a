// What a connection tells of its runs, asked of a real supervisor.
#include <doctest/doctest.h>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct asked_world : test::hundred_rows {
  static run_list runs(test::connection_fixture& node, const run_query& which) {
    return node.ask<run_list>(node.supervisor, command::runs{"customers", which}).get();
  }
  /// Asks while a run goes on, and lets it go no further than it must.
  static run_list runs_meanwhile(test::connection_fixture& node, const run_query& which) {
    auto pending = node.send_request(node.supervisor, command::runs{"customers", which});
    node.run_until([&] { return node.self->has_next_message(); });
    return node.receive<run_list>(pending).get();
  }
};

}  // namespace

TEST_CASE_FIXTURE(asked_world, "the active run and the postponed ones are listed as they are") {
  test::connection_fixture node(*this);
  node.sync();
  const auto active = node.start({.full = true}).get();
  node.run_until([&] { return destination.deliveries() >= 110; });
  node.stop();
  const auto postponed = node.start({.wait = true}).get();
  const auto found = runs_meanwhile(
      node, {.limit = 10, .states = {run_state::draining, run_state::postponed}, .count = true});
  REQUIRE(found.runs.size() == 2);
  CHECK(found.total == 2);
  CHECK(found.runs[0].run == postponed.run);
  CHECK(found.runs[0].phase == run_phase::waiting);
  CHECK(found.runs[1].run == active.run);
  CHECK(found.runs[1].phase == run_phase::draining);
  node.run();
  CHECK(runs(node, {.limit = 10}).runs.size() == 3);
}
