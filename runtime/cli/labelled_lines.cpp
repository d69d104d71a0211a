#include "runtime/cli/labelled_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/cli/humanize.hpp"

namespace sluice::cli {

void labelled_lines::add(std::string_view label, std::string text) {
  lines_.push_back({std::string{label}, {}, std::move(text)});
}

void labelled_lines::add_count(std::string_view label, std::uint64_t count, std::string remark) {
  lines_.push_back({std::string{label}, count_text(count), std::move(remark)});
}

std::string labelled_lines::render() const {
  std::size_t labels = 0;
  std::size_t counts = 0;
  for (const auto& l : lines_) {
    labels = std::max(labels, l.label.size());
    counts = std::max(counts, l.count.size());
  }
  std::string result;
  for (const auto& l : lines_) {
    auto text = fmt::format("  {:<{}}  ", l.label, labels);
    if (!l.count.empty()) text += fmt::format("{:>{}}", l.count, counts);
    if (!l.count.empty() && !l.text.empty()) text += "   ";
    result += text + l.text + "\n";
  }
  return result;
}

}  // namespace sluice::cli
