// The file that makes a folder a backup: its content, and the proof that it is complete.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/backup/files.hpp"

namespace sluice::backup {

/// Name of the file within a backup. It is written last.
inline constexpr auto manifest_name = "sluice-backup.json";
inline constexpr auto catalog_name = "catalog.sqlite";
inline constexpr auto ledgers_name = "ledger";

struct manifest {
  std::string version;  ///< of the program that made the backup
  node_name node;
  timestamp made_at;                    ///< when the backup was begun: nothing in it is older
  std::map<std::string, digest> files;  ///< by path within the backup

  bool operator==(const manifest&) const = default;
};

std::string to_text(const manifest& what);
/// Reads the manifest of the backup in `folder`. Throws `failure` (ledger_failed) if there is none,
/// if it was not finished, if it is of a later format, or if its manifest is damaged.
manifest read_manifest(const std::filesystem::path& folder);
/// Throws `failure` (ledger_corrupt) that names the first missing or changed file.
void verify(const manifest& what, const std::filesystem::path& folder);

}  // namespace sluice::backup
