// Columns of text under headings. Pure.
#pragma once

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

  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// REQUIRES: one cell per column.
  void add(const std::vector<std::string>& cells);
  /// Every line ends with a line break and without trailing spaces; two spaces between columns.
  [[nodiscard]] std::string render(const palette& paint) const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::cli
