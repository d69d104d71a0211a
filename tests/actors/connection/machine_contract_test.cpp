// News that cannot be of this run: a defect that is told, instead of counters that are made up.
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"
#include "tests/support/broken_contract.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(machine_fixture, "a writer that the run does not have reports nothing") {
  begin();
  send(5, 5);
  const auto what = "supervise run: expected a report from one of the run's writers";
  CHECK(broken_contract([&] { state.confirmed(writer_number{2}, {.inserts = 1}); }) == what);
  CHECK(broken_contract([&] { state.settled({writer_number{2}, 1, 5, 0, 0}); }) == what);
  CHECK(broken_contract([&] { state.drained({writer_number{2}, {}}, t0); }) == what);
  CHECK(broken_contract([&] { state.writer_down(writer_number{2}, target_gone, t0); }) == what);
  CHECK(state.find("run-1")->counters.delivered == 0);
  read_progress p;
  p.sent = {1, 2, 3};
  CHECK(broken_contract([&] { state.progressed(p); }) ==
        "supervise run: expected rows for the run's writers");
}

TEST_CASE_FIXTURE(machine_fixture, "nothing came of a run that there is not") {
  const auto what = "supervise run: expected news of a run that is active";
  CHECK(broken_contract([&] { state.recorded(t0); }) == what);
  CHECK(broken_contract([&] { state.not_recorded({}); }) == what);
  CHECK(broken_contract([&] { state.closed(t0); }) == what);
  CHECK(broken_contract([&] { state.not_closed({}); }) == what);
  CHECK(broken_contract([&] { state.reader_down(source_gone, t0); }) == what);
  CHECK(broken_contract([&] { state.writer_down(writer_number{0}, target_gone, t0); }) == what);
}

TEST_CASE_FIXTURE(machine_fixture, "the ledger of an active run is not taken for forgotten") {
  begin();
  CHECK(broken_contract([&] { state.reset(); }) ==
        "reset: expected a connection without an active run");
  CHECK(state.memory().epoch == 1);
}
