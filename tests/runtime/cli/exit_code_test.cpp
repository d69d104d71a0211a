#include "runtime/cli/exit_code.hpp"

#include <doctest/doctest.h>

#include "tests/support/broken_contract.hpp"

using namespace sluice;
using sluice::cli::code_of;

namespace {

int code(errc e) { return static_cast<int>(code_of(error{e, "", "", "", ""})); }

int code(run_state state, run_counters counters = {}) {
  run_record r;
  r.state = state;
  r.counters = counters;
  return static_cast<int>(code_of(r));
}

}  // namespace

TEST_CASE("errors have the exit codes that scripts rely on") {
  CHECK(code(errc::none) == 0);
  CHECK(code(errc::internal) == 1);
  CHECK(code(errc::ledger_corrupt) == 1);
  CHECK(code(errc::usage) == 2);
  CHECK(code(errc::invalid_config) == 2);
  CHECK(code(errc::unreachable) == 3);
  CHECK(code(errc::timed_out) == 3);
  CHECK(code(errc::already_running) == 4);
  CHECK(code(errc::draining) == 4);
  CHECK(code(errc::not_running) == 4);
  CHECK(code(errc::disabled) == 4);
  CHECK(code(errc::forbidden) == 4);
  CHECK(code(errc::hanging) == 4);
  CHECK(code(errc::exhausted) == 1);
  CHECK(code(errc::unknown_connection) == 5);
  CHECK(code(static_cast<errc>(200)) == 1);  // of a later version
}

TEST_CASE("runs that were waited for have the exit codes that scripts rely on") {
  CHECK(code(run_state::succeeded) == 0);
  CHECK(code(run_state::succeeded, {.rejected = 1}) == 7);
  CHECK(code(run_state::succeeded, {.invalid = 1}) == 7);
  CHECK(code(run_state::stopped) == 6);
  CHECK(code(run_state::stopped, {.rejected = 1}) == 6);
  CHECK(code(run_state::failed) == 1);
  CHECK(code(run_state::interrupted) == 1);
}

TEST_CASE("a run that has not ended has no exit code") {
  for (const auto state : {run_state::running, run_state::draining, run_state::postponed})
    CHECK(sluice::test::broken_contract([&] { code(state); }) ==
          "report run: expected a run that has ended");
}
