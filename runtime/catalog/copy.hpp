// Catalogs as files: copies one that is in use, and marks one that was restored.
#pragma once

#include <filesystem>

#include "messages/timestamp.hpp"

namespace sluice::catalog {

/// Writes the present content of the catalog `from` to the new file `to`, readable by its owner
/// only; not synced. A node that uses the catalog goes on meanwhile. Throws `failure`
/// (catalog_failed).
void copy_catalog(const std::filesystem::path& from, const std::filesystem::path& to);

/// Notes in the catalog `file`, which must not be in use, for every connection that catalog and
/// ledgers come from a backup made `then`. Brings the catalog to the present version. On return it
/// is a single file. Throws `failure` (catalog_failed), also for a later version.
void note_restored(const std::filesystem::path& file, timestamp then);

}  // namespace sluice::catalog
