// How many rows the next page may have, so that a page's bytes stay bounded.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sluice::source {

/// Starts small, grows while rows are small, and shrinks at once when they are not. Drivers hold a
/// page in memory, and nobody says beforehand how large its rows are: what lies past a bound that
/// is known before the page is asked for (`cell_bytes`, or one of the stream's own) has to be left
/// out of it.
class page_size {
 public:
  static constexpr std::size_t page_bytes = 8u << 20;
  static constexpr std::size_t first_rows = 500;
  static constexpr std::size_t least_cell_bytes = 4u << 10;

  /// `most_rows`: what suits the database. Where a page's statement costs little, small ones keep
  /// what they hold in the processor's cache.
  explicit page_size(std::size_t most_rows)
      : most_rows_(most_rows), rows_(std::min(first_rows, most_rows)) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// What a cell of a page of `rows` rows may hold, for a page that is bounded by its cells: some
  /// times what rows have by the pages before.
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
