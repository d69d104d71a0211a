// Values that no other row has, for rows that make room for others.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/destinations/table/target_table.hpp"

namespace sluice::destinations {

/// A value that `column` can hold and that almost certainly no other row has: NULL if allowed, else
/// a random value. Nothing for types that are not known well enough. Pure but for `random`.
std::optional<assigned_value> parked_value(const table_layout& layout, std::size_t column,
                                           std::mt19937_64& random);

}  // namespace sluice::destinations
