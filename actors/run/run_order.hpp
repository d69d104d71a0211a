// The order for a reader and its writers: one run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

struct run_order {
  run_record run;
  bool allow_deletes = false;
  bool assume_synced = false;  ///< record rows as acknowledged without sending them
  std::optional<checkpoint> read_to = std::nullopt;  ///< with a cursor: how far earlier runs read
  ledger_trace ledger = {};                          ///< what the catalog knows of it
  row_choice rows = {};
};

/// A run that is only previewed.
struct foreseen_run {
  run_order run;
  std::string reason;  ///< why it has its type, if that may surprise; else empty
  std::vector<std::string> warnings;
};

}  // namespace sluice::actors
