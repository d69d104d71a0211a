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

/// The columns of a pass as they travel. Binary ones stay cells of their own behind the packed one:
/// inside it their digits would be doubled again.
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

/// The largest row that is sent whole: a cell of the largest size fits whatever it is made of,
/// since packing doubles a byte at most.
inline constexpr std::uint64_t largest_record = 2 * odbc::statement::max_cell_bytes + (1u << 20);

/// The statement that gives the rows of `select` (relation and conditions) that are larger than
/// `range.above`: the packed cell and those apart. Of one past `range.upto` the packed cell is
/// NULL, as it never is otherwise. Sizes are asked first:
/// no large value is read for nothing, and no text asked for that is larger than the server can
/// make. Pure.
std::string record_sql(const select_statement& select, const std::vector<column_plan>& columns,
                       const size_range& range);
/// The statement that gives those past `largest_record` without their large cells, whose places are
/// ones in a row of digits, one for each column of the layout, in front of the packed text. Pure.
std::string shortened_record_sql(const select_statement& select,
                                 const std::vector<column_plan>& columns);

/// Cursors over the rows of `select`: first over those of up to 64 KiB, as nearly all are. Where
/// there were larger ones, over these too, in pages of fewer rows. The snapshot is one; what
/// chooses rows anew each time it runs (random()) may give others, which is an error as far as it
/// shows.
std::unique_ptr<row_stream> open_records(odbc::connection& on, const select_statement& select,
                                         const std::vector<column_plan>& columns);

}  // namespace sluice::source
