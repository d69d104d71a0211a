// A run as a row of the table `runs`.
#pragma once

#include <span>
#include <string_view>

#include "messages/run.hpp"
#include "runtime/catalog/cell_reader.hpp"
#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// The names of the columns.
std::span<const std::string_view> run_columns();

/// The values of a run in the order of its columns.
sql_values to_values(const run_record& run);

/// Takes a run's columns, in their order.
run_record read_run(cell_reader& cells);

}  // namespace sluice::catalog
