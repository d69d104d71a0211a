// How many rows the next page may have, so that a page's bytes stay bounded.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sluice::source {

/// Starts small, grows while rows are small, and shrinks at once when rows are large. Drivers hold
/// a page in memory, and the size of its rows is not known beforehand. So a page leaves out what
/// exceeds a bound set before the page is asked for (`cell_bytes`, or a bound of the stream's own).
class page_size {
 public:
  static constexpr std::size_t page_bytes = 8u << 20;
  static constexpr std::size_t first_rows = 500;
  static constexpr std::size_t least_cell_bytes = 4u << 10;

  /// `most_rows`: the most that suits the database. Where a page's statement costs little, small
  /// pages are better: their rows stay in the processor's cache.
  explicit page_size(std::size_t most_rows)
      : most_rows_(most_rows), rows_(std::min(first_rows, most_rows)) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// The most that a cell of a page of `rows` rows may hold, for pages that are bounded by their
  /// cells: four times a row's share of `page_bytes`.
  static constexpr std::size_t cell_bytes(std::size_t rows) {
    return std::max<std::size_t>(4 * page_bytes / rows, least_cell_bytes);
  }
  /// Counts one row of the current page.
  void add_row(std::size_t bytes) { largest_ = std::max(largest_, bytes); }
  /// Decides the size of the next page.
  void end_page() {
    const auto fitting = page_bytes / std::max<std::size_t>(largest_, 1);
    rows_ = std::clamp<std::size_t>(std::min(fitting, rows_ * 4), 1, most_rows_);
    largest_ = 0;
  }

 private:
  std::size_t most_rows_;
  std::size_t rows_;
  std::size_t largest_ = 0;
};

}  // namespace sluice::source
