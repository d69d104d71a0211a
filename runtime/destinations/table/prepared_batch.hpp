// A batch in the form that the writers take: with converted values, deletes and other rows apart,
// each ordered by key.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/table/column_value.hpp"
#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {

struct prepared_rows {
  std::size_t width = 0;
  std::vector<value_view> cells;
  std::vector<std::uint32_t> indices;  ///< of each row: the position of its delta in the batch

  [[nodiscard]] std::size_t size() const { return indices.size(); }
  [[nodiscard]] rows_view view() const { return {cells.data(), width, row_count{size()}}; }
};

/// Views into the batch and into the converter's memory.
struct prepared_batch {
  /// Key columns; applied first, since they may free values of unique columns.
  prepared_rows erases;
  prepared_rows writes;  ///< all columns

  [[nodiscard]] std::size_t size() const { return erases.size() + writes.size(); }
};

enum class key_order : std::uint8_t { ascending, descending };

/// Converts `deltas`. Deltas whose values do not fit get the fate `rejected` in `outcome` and are
/// left out. Every writer orders by the packed key, so that two writers never deadlock over each
/// other's rows; descending is only for a writer that is alone.
prepared_batch prepare(const batch& deltas, const table_layout& layout, column_converter& converter,
                       byte_count max_row_bytes, batch_outcome& outcome,
                       key_order rows = key_order::ascending);

}  // namespace sluice::destinations
