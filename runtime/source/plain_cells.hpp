// Cells that arrive one per column.
#pragma once

#include <span>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/canonical.hpp"

namespace sluice::source {

/// Reads the first cells of `from`'s current row into `cells`, as text or null; returns their
/// bytes.
std::size_t read_plain_cells(const odbc::statement& from, std::span<raw_cell> cells);

}  // namespace sluice::source
