// Catalogs as files: copies one that is in use, and marks one that was restored.
#pragma once

#include <filesystem>

#include "messages/timestamp.hpp"
#include "runtime/os/files.hpp"

namespace sluice::catalog {

/// Copies the present content of a catalog, readable by its owner only; not synced. A node that
/// uses the catalog goes on meanwhile. Throws `failure` (catalog_failed).
void copy_catalog(const os::copied_file& file);

/// Notes in the catalog `file`, which must not be in use, for every connection that catalog and
/// ledgers come from a backup made `then`. Brings the catalog to the present version. On return it
/// is a single file. Throws `failure` (catalog_failed), also for a later version.
void note_restored(const std::filesystem::path& file, timestamp then);

}  // namespace sluice::catalog
