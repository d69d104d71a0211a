// Writes rows into a table, as fast as its database can. One implementation per product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/names.hpp"
#include "messages/row.hpp"

namespace sluice::destinations {

/// Rows of equal width, owned elsewhere.
class rows_view {
 public:
  rows_view(const value_view* cells, std::size_t width, row_count size)
      : cells_(cells), width_(width), size_(size.number()) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] const value_view& at(std::size_t row, std::size_t column) const {
    return cells_[row * width_ + column];
  }
  [[nodiscard]] rows_view part(std::size_t first, std::size_t count) const {
    return {cells_ + first * width_, width_, row_count{count}};
  }

 private:
  const value_view* cells_;
  std::size_t width_;
  std::size_t size_;
};

/// Bytes of all values of one row.
inline std::size_t row_bytes(const rows_view& rows, std::size_t row) {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < rows.width(); ++c) bytes += rows.at(row, c).bytes.size();
  return bytes;
}

/// Writes through one connection, inside a transaction that the caller began. Every call throws
/// odbc_error; after a throw nothing is known about its rows. A call is one statement. If the
/// statement counts fewer rows than it was sent, a second one looks for the missing rows: a row
/// that is not there as it was sent is not delivered. (MariaDB never leaves out a row without an
/// error.)
class table_writer {
 public:
  virtual ~table_writer() = default;

  /// Writes rows (all columns of the layout) as its mode says:
  ///
  /// | mode           | the table has the key      | it has not |
  /// | upsert, mirror | replaces the other columns | inserts    |
  /// | insert         | leaves the row as it is    | inserts    |
  /// | update         | replaces the other columns | nothing    |
  /// | append         | inserts                    | inserts    |
  ///
  /// Returns the positions, ascending, of rows that mode update did not find in the table; always
  /// none in other modes. Throws `kept_out` if a row was left out. REQUIRES: values converted for
  /// their columns, keys unique, no more rows than `write_limit`.
  virtual std::vector<std::uint32_t> write(const rows_view& rows) = 0;
  /// Deletes the rows with these keys (columns in the order of `table_layout::keys`), or sets the
  /// values of `table_layout::on_delete` in them; keys without a row are no error. Returns the
  /// positions, ascending, of rows that are still there. REQUIRES: no more keys than `erase_limit`.
  virtual std::vector<std::uint32_t> erase(const rows_view& keys) = 0;

  /// Tests whether anything can be written at all, in a transaction that is rolled back: writes a
  /// row of the table over itself as `write` would, or, if the table is empty or rows are only
  /// appended, runs the statement for no row. Returns whether there was a row.
  virtual bool rewrite_any_row() = 0;
  /// The same for `erase`, for no row.
  virtual void erase_nothing() = 0;
  /// Makes the database check deferred constraints now instead of at the commit, if it can.
  [[nodiscard]] virtual bool can_check_deferred() const { return false; }
  virtual void check_deferred() {}

  /// How many of the first rows one statement takes; at least 1.
  [[nodiscard]] virtual std::size_t write_limit(const rows_view& rows) const = 0;
  [[nodiscard]] virtual std::size_t erase_limit(const rows_view& keys) const = 0;

  /// The largest row that the database takes at all.
  [[nodiscard]] virtual byte_count max_row_bytes() const { return byte_count{1u << 30}; }
  /// False: it is unknown whether SAVEPOINT works, so a failed row costs the whole transaction.
  [[nodiscard]] virtual bool has_savepoints() const { return true; }
};

}  // namespace sluice::destinations
