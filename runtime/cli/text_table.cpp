#include "runtime/cli/text_table.hpp"

#include <algorithm>

#include "messages/expect.hpp"

namespace sluice::cli {

void text_table::add(const std::vector<std::string>& cells) {
  expect(cells.size() == columns_.size(), "print table", "a cell for each column");
  auto& row = rows_.emplace_back();
  for (const auto& cell : cells) row.push_back(printable(cell));
}

std::string text_table::render(const palette& paint, std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(columns_[i].heading));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + 2;
  const auto last = std::max(width - std::min(width, before_last), least_cut);
  widths.back() = std::min(widths.back(), last);
  const auto line = [&](const auto& text_of) {
    std::string result;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto text = shorten(text_of(i), widths[i]);
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
