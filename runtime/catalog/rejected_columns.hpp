// A rejected row as a row of the table `rejected`.
#pragma once

#include <span>
#include <string_view>

#include "messages/run.hpp"
#include "runtime/catalog/cell_reader.hpp"

namespace sluice::catalog {

/// The names of the columns.
std::span<const std::string_view> rejected_columns();

/// Takes a rejected row's columns, in their order.
rejected_row read_rejected(cell_reader& cells);

}  // namespace sluice::catalog
