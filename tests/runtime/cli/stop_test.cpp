// `sluice stop`: who may stop without being asked, and what is asked.
#include <doctest/doctest.h>

#include <atomic>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

run_record draining_run() {
  auto r = quiet_run();
  r.state = run_state::draining;
  r.finished_at.reset();
  r.stop_requested_at = r.started_at + 10s;
  r.in_flight_at_stop = 5'000;
  return r;
}

/// A node whose run can be stopped; notes what it was told.
struct stoppable : shim_fixture {
  std::atomic<int> stops = 0;
  std::atomic<bool> abandoned = false;
  std::atomic<run_state> ends_as = run_state::stopped;

  node_script script() {
    auto s = quiet_node();
    s.on<command::status>() = [](const command::status&) {
      auto status = quiet_status();
      status.run->state = run_state::running;
      status.run->finished_at.reset();
      return status;
    };
    s.on<command::stop>() = [this](const command::stop& command) {
      ++stops;
      abandoned = command.how.abandon;
      return draining_run();
    };
    s.on<command::await>() = [this](const command::await&) {
      auto r = draining_run();
      r.state = ends_as;
      r.finished_at = r.started_at + 11s;
      return r;
    };
    return s;
  }
  node_double node{where, script()};

  process on_terminal(std::vector<std::string> arguments) {
    auto p = command(std::move(arguments));
    p.on_terminal = true;
    return process{p};
  }
};

}  // namespace

TEST_CASE_FIXTURE(stoppable, "without a terminal --yes is required and nothing is stopped") {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"stop", "customers"},
                                             {"stop", "customers", "--json"},
                                             {"stop", "customers", "--now"}}) {
    const auto ended = shim(arguments);
    CHECK(ended.exit_code == 2);
    CHECK(contains(ended.output + ended.errors, "--yes"));
  }
  CHECK(stops == 0);
}

TEST_CASE_FIXTURE(stoppable, "with --yes the run is stopped and the drain told") {
  const auto ended = shim({"stop", "customers", "--yes"});
  CHECK(ended.exit_code == 0);
  CHECK(stops == 1);
  CHECK_FALSE(abandoned);
  CHECK(contains(ended.output, "5,000 deltas in flight are being delivered"));
  CHECK(document_of(shim({"stop", "customers", "--yes", "--json"})).at("state") == "draining");
}

TEST_CASE_FIXTURE(stoppable, "--now abandons the drain") {
  CHECK(contains(shim({"stop", "customers", "--yes", "--now"}).output, "abandoned: 5,000 deltas"));
  CHECK(abandoned);
}

TEST_CASE_FIXTURE(stoppable, "--wait returns with the drain's figures when it has ended") {
  const auto ended = shim({"stop", "customers", "--yes", "--wait"});
  CHECK(ended.exit_code == 0);  // stopped is what was asked for
  CHECK(contains(ended.output, "5,000 deltas in flight at the stop"));
  ends_as = run_state::failed;
  CHECK(shim({"stop", "customers", "--yes", "--wait"}).exit_code == 1);
}

TEST_CASE_FIXTURE(stoppable, "on a terminal a yes stops and anything else does not") {
  for (const auto& [typed, stopped] : std::vector<std::pair<std::string, bool>>{
           {"y\n", true}, {"yes\n", true}, {"n\n", false}, {"\n", false}, {"\x04", false}}) {
    CAPTURE(typed);
    stops = 0;
    auto asked = on_terminal({"stop", "customers"});
    REQUIRE(asked.wait_for_output("[y/N] ", 20s));
    CHECK(contains(asked.output(), "100,000 read"));
    CHECK(stops == 0);
    asked.write(typed);
    const auto ended = asked.wait(20s);
    REQUIRE(ended);
    CHECK(stops == (stopped ? 1 : 0));
    CHECK(ended->exit_code == (stopped ? 0 : 1));
    if (!stopped) CHECK(contains(ended->output, "not confirmed"));
  }
}

TEST_CASE_FIXTURE(stoppable, "on a terminal --yes does not ask") {
  auto unasked = on_terminal({"stop", "customers", "--yes"});
  const auto ended = unasked.wait(20s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 0);
  CHECK_FALSE(contains(ended->output, "[y/N]"));
}

TEST_CASE_FIXTURE(shim_fixture, "where nothing runs nobody is asked") {
  const node_double node{where};
  auto p = command({"stop", "customers"});
  p.on_terminal = true;
  const auto ended = run_program(p);
  CHECK(ended.exit_code == 4);
  CHECK_FALSE(contains(ended.output, "[y/N]"));
  CHECK(contains(ended.output, "no run is active"));
}
