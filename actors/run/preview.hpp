// Shows what a run would do now: one pass whose deltas are counted, shown and dropped.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "actors/run/run_order.hpp"
#include "actors/run/run_services.hpp"
#include "messages/batch.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

/// The arguments of a preview.
struct preview_args {
  foreseen_run what;
  preview_options how;
  std::vector<refused_delta> refused;  ///< deltas that are listed as rejected
  std::vector<std::string> keys;       ///< packed keys of rows that are listed as rejected
};

/// Reads source and ledger as the run would, and writes nothing: the destination is not opened, and
/// no file of the ledger changes. Blocks. Throws the `failure` with which the run would fail, and
/// (cancelled) once `stop` is requested.
preview_result preview(const run_services& services, const preview_args& args,
                       const std::stop_token& stop);

}  // namespace sluice::actors
