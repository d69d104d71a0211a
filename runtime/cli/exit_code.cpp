#include "runtime/cli/exit_code.hpp"

#include "messages/expect.hpp"
#include "messages/sync.hpp"

namespace sluice::cli {

exit_code code_of(const error& e) {
  switch (e.code) {
    case errc::none:
      return exit_code::done;
    case errc::usage:
    case errc::invalid_config:
      return exit_code::usage;
    case errc::unreachable:
    case errc::timed_out:
      return exit_code::no_node;
    case errc::already_running:
    case errc::draining:
    case errc::not_running:
    case errc::disabled:
    case errc::forbidden:
    case errc::shutting_down:
    case errc::hanging:
    case errc::key_reused:
      return exit_code::refused;
    case errc::unknown_connection:
      return exit_code::unknown_connection;
    case errc::source_failed:
    case errc::destination_failed:
    case errc::ledger_corrupt:
    case errc::ledger_failed:
    case errc::catalog_failed:
    case errc::state_locked:
    case errc::guarded:
    case errc::cancelled:
    case errc::internal:
    case errc::exhausted:
      return exit_code::failed;
  }
  return exit_code::failed;  // a code of a later version
}

exit_code code_of(const run_record& run) {
  expect(has_ended(run.state), "report run", "a run that has ended");
  switch (run.state) {
    case run_state::stopped:
      if (run.stopped_by != limit_reached) return exit_code::stopped;
      [[fallthrough]];
    case run_state::succeeded:
      return run.counters.failures() > 0 ? exit_code::rows_left : exit_code::done;
    case run_state::failed:
    case run_state::interrupted:
    case run_state::skipped:
    case run_state::postponed:
    case run_state::running:
    case run_state::draining:
      return exit_code::failed;
  }
  return exit_code::failed;
}

}  // namespace sluice::cli
