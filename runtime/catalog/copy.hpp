// Catalogs as files: a copy of one that is in use, and one that was put back.
#pragma once

#include <filesystem>

#include "messages/timestamp.hpp"

namespace sluice::catalog {

/// Writes what the catalog `from` holds at this moment to the new file `to`, for its owner only;
/// not synced. A node that uses it goes on meanwhile. Throws `failure` (catalog_failed).
void copy_catalog(const std::filesystem::path& from, const std::filesystem::path& to);

/// Notes in the catalog `file`, which nobody uses, that it and the ledgers come from a backup made
/// `then`, of every connection it knows. Brings it to the present version. It is one file without
/// companions on return. Throws `failure` (catalog_failed), also for a later version.
void note_restored(const std::filesystem::path& file, timestamp then);

}  // namespace sluice::catalog
