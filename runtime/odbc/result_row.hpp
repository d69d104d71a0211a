// The current row of a result: bound buffers, and long cells fetched in full. Internal to
// runtime/odbc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/session.hpp"

namespace sluice::odbc {

/// Every column is bound to a buffer of a few KB; a cell that does not fit is read again with
/// SQLGetData. If the driver does not allow SQLGetData on a bound column (SQL Server's reports
/// 07009), no column is bound, and every cell is read with SQLGetData, in order. The column sizes
/// that a driver reports are not used, since they are often wrong.
class result_row {
 public:
  /// Cells past `bytes` are not read (statement::cell throws).
  void limit_cells(std::size_t bytes) { limit_ = bytes; }
  /// Describes the result of `handle` and binds its columns; no columns if there is no result.
  void open(session& owner, const stmt_handle& handle);
  /// Takes the row that was just fetched out of the driver.
  void take(session& owner, const stmt_handle& handle);

  [[nodiscard]] const std::vector<column_info>& columns() const { return columns_; }
  [[nodiscard]] std::optional<std::string_view> cell(std::size_t index) const;

 private:
  struct bound_column {
    char* buffer = nullptr;
    SQLLEN indicator = 0;
    SQLSMALLINT c_type = SQL_C_CHAR;
    std::string long_value;  ///< the cell where it did not fit the buffer
    bool too_long = false;   ///< past the limit: not read
  };

  void describe(session& owner, const stmt_handle& handle, SQLSMALLINT count);
  /// Reads a cell of an unbound column into its buffer, like a bound one.
  void get(session& owner, const stmt_handle& handle, std::size_t index);
  void read_long(session& owner, const stmt_handle& handle, std::size_t index);

  std::vector<column_info> columns_;
  std::vector<bound_column> bound_;
  std::vector<char> buffers_;
  bool binds_ = true;
  std::size_t limit_ = max_cell_bytes;
};

}  // namespace sluice::odbc
