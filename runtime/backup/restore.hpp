// `sluice restore`: puts a backup in the place of a node's state.
#pragma once

#include <filesystem>
#include <optional>

#include "runtime/backup/manifest.hpp"

namespace sluice::backup {

struct restore_request {
  std::filesystem::path folder;  ///< the backup
  std::filesystem::path state_dir;
  bool replace = false;  ///< move state that is there aside
  timestamp now;
};

struct restored {
  manifest what;
  std::optional<std::filesystem::path> aside;  ///< where the state that was there is now
};

/// Verifies the backup, stages it, notes in its catalog that it was restored (so that the next run
/// of each connection makes up for what the backup does not know), and makes it count in one step:
/// a crash leaves the old state or, once the directory is opened again, the new one.
///
/// REQUIRES: the state directory is locked. Throws `failure` with nothing touched: `usage` if there
/// is state and it is not to be replaced, `ledger_corrupt` for a damaged backup, `ledger_failed`
/// for what is no backup and for what the disk refuses, `catalog_failed` for a catalog of a later
/// version.
restored restore_backup(const restore_request& what);

}  // namespace sluice::backup
