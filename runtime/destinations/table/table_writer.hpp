// Writing rows into a table the fastest way its database knows. One implementation per product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/row.hpp"

namespace sluice::destinations {

/// Rows of equal width, owned elsewhere.
class rows_view {
 public:
  rows_view(const value_view* cells, std::size_t width, std::size_t size)
      : cells_(cells), width_(width), size_(size) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] const value_view& at(std::size_t row, std::size_t column) const {
    return cells_[row * width_ + column];
  }
  [[nodiscard]] rows_view part(std::size_t first, std::size_t count) const {
    return {cells_ + first * width_, width_, count};
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

/// Writes through one connection, inside a transaction that somebody else began. Every call throws
/// odbc_error; after a throw nothing is known of its rows. A call is one statement, and another one
/// if the first counts fewer rows than it was sent, to look for them: what is not there as it was
/// sent is no delivery. (Nothing makes MariaDB leave out a row without an error.)
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
  /// Returns the positions of the rows for which it did nothing for want of a row, ascending:
  /// always none but in mode update. Throws `kept_out` if a row was left out. REQUIRES: values
  /// converted for their columns, keys unique, no more rows than `write_limit`.
  virtual std::vector<std::uint32_t> write(const rows_view& rows) = 0;
  /// Deletes the rows with these keys (columns in the order of `table_layout::keys`), or sets in
  /// them what `table_layout::on_delete` says; others are no error. Returns the positions of those
  /// that are there all the same, ascending. REQUIRES: no more keys than `erase_limit`.
  virtual std::vector<std::uint32_t> erase(const rows_view& keys) = 0;

  /// For finding out whether anything can be written at all, in a transaction that is rolled back:
  /// writes a row of the table over itself as `write` would, or runs the statement for no row where
  /// the table is empty or rows are only appended. Returns whether there was a row.
  virtual bool rewrite_any_row() = 0;
  /// The same for `erase`, without a key.
  virtual void erase_nothing() = 0;
  /// Has constraints checked now that would be checked at the commit, where the database can.
  [[nodiscard]] virtual bool can_check_deferred() const { return false; }
  virtual void check_deferred() {}

  /// How many of the first rows one statement takes; at least 1.
  [[nodiscard]] virtual std::size_t write_limit(const rows_view& rows) const = 0;
  [[nodiscard]] virtual std::size_t erase_limit(const rows_view& keys) const = 0;

  /// The largest row that the database takes at all.
  [[nodiscard]] virtual byte_count max_row_bytes() const { return byte_count{1u << 30}; }
  /// False: unknown whether SAVEPOINT works; a failed row costs the whole transaction.
  [[nodiscard]] virtual bool has_savepoints() const { return true; }
};

}  // namespace sluice::destinations
