// What a run would do now: one pass whose deltas are counted, shown and thrown away.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "actors/run/run_order.hpp"
#include "actors/run/run_services.hpp"
#include "messages/batch.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

/// What to preview, and with what.
struct preview_args {
  foreseen_run what;
  preview_options how;
  std::vector<refused_delta> refused;  ///< deltas that are listed as rejected
  std::vector<std::string> keys;       ///< packed keys of rows that are listed as rejected
};

/// Reads source and ledger as the run would, and writes nowhere: the destination is not opened, and
/// no file of the ledger is touched. Blocks. Throws `failure` as the run would fail, and
/// (cancelled) once `stop` is requested.
preview_result preview(const run_services& services, const preview_args& args,
                       const std::stop_token& stop);

}  // namespace sluice::actors
