// The catalog's tables, and the migrations from older versions.
#pragma once

#include <span>
#include <string_view>

#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// The statements that lead from one version to the next. Once released they never change.
using migration = std::span<const std::string_view>;

/// All of them; the n-th leads to version n.
std::span<const migration> migrations();

/// Brings the database to the newest version, one transaction per step, so that a crash leaves a
/// whole version behind. The version is SQLite's `user_version`. Throws `failure` (catalog_failed)
/// for a database that is damaged, of a newer version, or not a catalog at all.
void migrate(database& db, std::span<const migration> steps);

}  // namespace sluice::catalog
