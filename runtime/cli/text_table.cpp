#include "runtime/cli/text_table.hpp"

#include <algorithm>

namespace sluice::cli {

void text_table::add(const std::vector<std::string>& cells) {
  auto& row = rows_.emplace_back();
  for (const auto& cell : cells) row.push_back(printable(cell));
}

std::string text_table::render(const palette& paint) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(columns_[i].heading));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  const auto line = [&](const auto& text_of) {
    std::string result;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& text = text_of(i);
      const std::string padding(widths[i] - display_width(text), ' ');
      if (i > 0) result += "  ";
      result += columns_[i].side == align::left ? text + padding : padding + text;
    }
    return result.erase(result.find_last_not_of(' ') + 1);
  };
  auto result =
      paint.bold(line([&](std::size_t i) -> const std::string& { return columns_[i].heading; })) +
      "\n";
  for (const auto& row : rows_)
    result += line([&](std::size_t i) -> const std::string& { return row[i]; }) + "\n";
  return result;
}

}  // namespace sluice::cli
