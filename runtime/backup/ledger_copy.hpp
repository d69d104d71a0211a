// Copies a ledger, also while a run uses it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "runtime/backup/files.hpp"

namespace sluice::backup {

/// Copies the ledger in `from` to the folder `to`, as it is at some moment of the call: records
/// that were durable before the call are in the copy. Takes no lock and changes nothing in `from`.
/// Returns the files by name; none, and no folder, if there is no ledger.
///
/// Every checksum of the copy is verified. Throws `failure`: `ledger_corrupt` for damage,
/// `ledger_failed` for a later format, and for errors of the disk.
std::map<std::string, digest> copy_ledger(const std::filesystem::path& from,
                                          const std::filesystem::path& to);

}  // namespace sluice::backup
