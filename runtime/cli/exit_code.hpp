// Exit codes are promises to scripts: add to them, never change one.
#pragma once

#include "messages/error.hpp"
#include "messages/run.hpp"

namespace sluice::cli {

enum class exit_code : int {
  done = 0,                ///< done; where a run was waited for, it succeeded
  failed = 1,              ///< the run ended failed or interrupted, or a check failed
  usage = 2,               ///< wrong usage or invalid configuration
  no_node = 3,             ///< no node answers at the address, or it timed out
  refused = 4,             ///< already_running, draining, not_running, disabled, shutting_down
  unknown_connection = 5,  ///< no connection has that name
  stopped = 6,             ///< the run that was waited for was stopped
  rows_left = 7,           ///< the run succeeded, but some rows were rejected or invalid
};

/// The exit code of a command that ended with `e`.
exit_code code_of(const error& e);
/// The exit code of a command that waited for `run`. REQUIRES: the run has ended.
exit_code code_of(const run_record& run);

}  // namespace sluice::cli
