// `sluice restore`: puts a backup in the place of a node's state.
#pragma once

#include <filesystem>
#include <optional>

#include "runtime/backup/manifest.hpp"

namespace sluice::backup {

struct restore_request {
  std::filesystem::path folder;  ///< the backup
  std::filesystem::path state_dir;
  bool replace = false;  ///< move the present state aside
  timestamp now;
};

struct restored {
  manifest what;
  std::optional<std::filesystem::path> aside;  ///< where the earlier state is now
};

/// Verifies the backup, stages it, notes in its catalog that it was restored (so that the next run
/// of each connection makes up for everything since the backup), and makes it the node's state in
/// one step: a crash leaves the old state or, once the directory is opened again, the new one.
///
/// REQUIRES: the state directory is locked. Throws `failure` with nothing touched: `usage` if there
/// is state and it is not to be replaced, `ledger_corrupt` for a damaged backup, `ledger_failed`
/// for a folder that is no backup and for errors of the disk, `catalog_failed` for a catalog of a
/// later version.
restored restore_backup(const restore_request& what);

}  // namespace sluice::backup
