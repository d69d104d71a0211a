// `sluice backup`: a copy of a node's state from which it can go on, made while it runs or not.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/backup/manifest.hpp"

namespace sluice::backup {

struct backup_request {
  std::filesystem::path state_dir;
  std::filesystem::path folder;  ///< to be filled; missing or empty
  std::string node;
  std::string version;  ///< of this program
  timestamp now;
};

/// Copies the catalog first and then every ledger, so that no ledger in the copy is older than the
/// catalog says. Runs go on meanwhile. Everything is durable, and only then the manifest is there.
/// Row logs, which nothing depends on, are not copied.
///
/// Throws `failure`: `usage` for a folder that is not empty, `ledger_corrupt` or `catalog_failed`
/// for state that is damaged, `ledger_failed` for what the disk refuses. The folder is then as
/// empty as it was.
manifest make_backup(const backup_request& what);

}  // namespace sluice::backup
