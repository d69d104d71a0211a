// `sluice backup`: copies a node's state, also while the node runs, so that it can go on from the
// copy.
#pragma once

#include <filesystem>
#include <string>

#include "messages/names.hpp"
#include "runtime/backup/manifest.hpp"

namespace sluice::backup {

struct backup_request {
  std::filesystem::path state_dir;
  std::filesystem::path folder;  ///< to be filled; missing or empty
  node_name node;
  std::string version;  ///< of this program
  timestamp now;
};

/// Copies the catalog first and then every ledger, so that no ledger in the copy is older than the
/// catalog says. Runs go on meanwhile. The manifest is written last, when everything else is
/// durable. Row logs, on which nothing depends, are not copied.
///
/// Throws `failure`: `usage` for a folder that is not empty, `ledger_corrupt` or `catalog_failed`
/// for state that is damaged, `ledger_failed` for errors of the disk. The folder is then as empty
/// as before.
manifest make_backup(const backup_request& what);

}  // namespace sluice::backup
