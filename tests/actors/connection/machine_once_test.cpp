// Starts with a key: the same one again starts no second run.
#include "actors/connection/connection_machine.hpp"

#include <doctest/doctest.h>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const start_options keyed{.once = {"key", "body"}};
const start_options waits{.wait = true, .once = {"key", "body"}};

known_start recorded(const run_record& run, timestamp at = t0) {
  return {.once = keyed.once, .at = at, .run = run};
}

void check_again(const command_result& d, const std::string& run) {
  CHECK_FALSE(d.refused);
  CHECK(d.again);
  CHECK(d.todo.empty());
  CHECK(d.run.run == run);
}

}  // namespace

TEST_CASE_FIXTURE(machine_fixture, "the key of a start is recorded with its run") {
  const auto d = state.start(keyed, "run-1", t0);
  CHECK_FALSE(d.again);
  CHECK(only<action::record_run>(d.todo).once == keyed.once);
}

TEST_CASE_FIXTURE(machine_fixture, "the same key again answers with the run, whatever its state") {
  begin(keyed);
  check_again(state.start(keyed, "run-2", t0), "run-1");
  check_again(state.start(waits, "run-2", t0), "run-1");
  state.stop(false, t0);
  const auto drains = state.start(keyed, "run-2", t0);
  check_again(drains, "run-1");
  CHECK(drains.run.state == run_state::draining);
  halt(pass_end::cancelled, 0, 0);
  drain();
  const auto end = settle().run;
  state.closed(t0);
  // From here on the catalog knows it.
  const auto over = state.start(keyed, "run-2", t0, recorded(end));
  check_again(over, "run-1");
  CHECK(over.run.state == run_state::stopped);
  CHECK(state.state() == connection_state::idle);
}

TEST_CASE_FIXTURE(machine_fixture, "the same key with another request is refused") {
  const start_options other{.once = {"key", "another body"}};
  begin(keyed);
  const auto d = state.start(other, "run-2", t0);
  CHECK(d.refused.code == errc::key_reused);
  CHECK(d.refused.cause.find("run-1") != std::string::npos);
  machine_fixture later;
  CHECK(later.state.start(other, "run-2", t0, recorded(d.run)).refused.code == errc::key_reused);
}

TEST_CASE_FIXTURE(machine_fixture, "another key is another start") {
  begin(keyed);
  CHECK(state.start({.once = {"key 2", "body"}}, "run-2", t0).refused.code ==
        errc::already_running);
  CHECK(state.start({}, "run-2", t0).refused.code == errc::already_running);
}

TEST_CASE_FIXTURE(machine_fixture, "the same key is refused until the start is recorded") {
  state.start(keyed, "run-1", t0);
  const auto d = state.start(keyed, "run-2", t0);
  CHECK(d.refused.code == errc::already_running);
  CHECK(d.refused.cause == "a start with the same key is under way");
  state.recorded(t0);
  check_again(state.start(keyed, "run-2", t0), "run-1");
}

TEST_CASE_FIXTURE(machine_fixture, "a start that could not be recorded leaves no key") {
  state.start(keyed, "run-1", t0);
  state.not_recorded({errc::catalog_failed, "record", "", "disk full", ""});
  const auto d = state.start(keyed, "run-2", t0);
  CHECK_FALSE(d.again);
  CHECK(d.run.run == "run-2");
}

TEST_CASE_FIXTURE(machine_fixture, "the same key again answers with the postponed run") {
  begin();
  CHECK(state.start(waits, "run-2", t0).run.state == run_state::postponed);
  const auto d = state.start(waits, "run-3", t0);
  check_again(d, "run-2");
  CHECK(d.run.state == run_state::postponed);
  CHECK(state.present_runs().size() == 2);
  CHECK(state.start({.wait = true, .once = {"key", "other"}}, "run-3", t0).refused.code ==
        errc::key_reused);
  halt(pass_end::complete, 0, 0);
  drain();
  settle();
  CHECK(only<action::record_run>(state.closed(t0)).once == waits.once);
  state.recorded(t0);
  check_again(state.start(keyed, "run-3", t0), "run-2");
}

TEST_CASE_FIXTURE(machine_fixture, "the key of a start that is given up is free again") {
  begin();
  state.start(waits, "run-2", t0);
  state.withdraw("run-2");
  CHECK(state.start(waits, "run-3", t0).run.run == "run-3");
  state.disable(t0);
  CHECK(state.start(waits, "run-4", t0).refused.code == errc::disabled);
}

TEST_CASE_FIXTURE(machine_fixture, "a known start is answered also where none would be accepted") {
  const auto run = succeed();
  state.disable(t0);
  check_again(state.start(keyed, "run-2", t0, recorded(run)), "run-1");
  state.shutdown(false, t0);
  check_again(state.start(keyed, "run-2", t0, recorded(run)), "run-1");
}

TEST_CASE_FIXTURE(machine_fixture, "a key is known for a day") {
  const auto run = succeed();
  check_again(state.start(keyed, "run-2", t0 + 24h - 1ms, recorded(run)), "run-1");
  const auto d = state.start(keyed, "run-2", t0 + 24h, recorded(run));
  CHECK_FALSE(d.again);
  CHECK(d.run.run == "run-2");
}

TEST_CASE_FIXTURE(machine_fixture, "a key that is too long is refused") {
  const start_options how{.once = {std::string(longest_start_key + 1, 'k'), "body"}};
  CHECK(state.start(how, "run-1", t0).refused.code == errc::usage);
  const start_options longest{.once = {std::string(longest_start_key, 'k'), "body"}};
  CHECK_FALSE(state.start(longest, "run-1", t0).refused);
}
