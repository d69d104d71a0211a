// Columns of text under headings. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// A table grows row by row and is printed once. Cells are made printable.
class text_table {
 public:
  enum class align : std::uint8_t { left, right };
  struct column {
    std::string heading;
    align side = align::left;
  };

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t least_cut = 16;

  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// Adds a row. REQUIRES: one cell per column.
  void add(const std::vector<std::string>& cells);
  /// Every line ends with a line break and without trailing spaces; two spaces between columns. The
  /// last column is cut so that a line has at most `width` columns, but to no fewer than
  /// `least_cut`.
  [[nodiscard]] std::string render(const palette& paint, std::size_t width = unlimited) const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::cli
