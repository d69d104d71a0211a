// PostgreSQL's rows: packed into one text each, and fetched in pages of bounded size.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// The columns of a pass as they travel. Binary columns stay cells of their own behind the packed
/// cell: packed, their digits would be doubled again.
struct record_layout {
  std::vector<std::size_t> packed;  ///< positions in the row
  std::vector<std::size_t> apart;
};
record_layout layout_of(const std::vector<column_plan>& columns);

/// Rows of a range of sizes: more than `above` bytes and up to `upto`.
struct size_range {
  std::uint64_t above;
  std::uint64_t upto;
  std::size_t page_rows;
};

/// The largest row that is sent whole. A cell of the largest size always fits, since packing
/// doubles a byte at most.
inline constexpr std::uint64_t largest_record = 2 * odbc::statement::max_cell_bytes + (1u << 20);

/// The statement that gives the rows of `select` (relation and conditions) that are larger than
/// `range.above`: the packed cell and the cells apart. The packed cell is NULL for rows past
/// `range.upto`, and only for them. Sizes are compared first, so no large value is read for
/// nothing, and no text is asked for that is larger than the server can make. Pure.
std::string record_sql(const select_statement& select, const std::vector<column_plan>& columns,
                       const size_range& range);
/// The statement that gives the rows past `largest_record` without their large cells. In front of
/// the packed text stand digits, one for each column of the layout: 1 for a cell that was left out.
/// Pure.
std::string shortened_record_sql(const select_statement& select,
                                 const std::vector<column_plan>& columns);

/// Cursors over the rows of `select`: first over rows of up to 64 KiB, which nearly all are; then,
/// if there are larger ones, over these in pages of fewer rows. All cursors read one snapshot. A
/// query that chooses rows anew each time it runs (random()) may give others to the second cursor,
/// which is an error where it can be seen.
std::unique_ptr<row_stream> open_records(odbc::connection& on, const select_statement& select,
                                         const std::vector<column_plan>& columns);

}  // namespace sluice::source
