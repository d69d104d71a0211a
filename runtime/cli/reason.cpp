#include "runtime/cli/reason.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace sluice::cli {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// White space as one blank, none at the ends.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string without_page(std::string_view text) {
  constexpr std::array<std::string_view, 4> beginnings{"<!doctype html", "<html", "<head", "<body"};
  const auto folded = lower(text);
  auto page = std::string::npos;
  for (const auto beginning : beginnings) page = std::min(page, folded.find(beginning));
  if (page == std::string::npos) return std::string(text);
  std::string out(text.substr(0, page));
  out += "an HTML page";
  constexpr std::string_view open = "<title";
  if (const auto title = folded.find(open, page); title != std::string::npos) {
    const auto from = folded.find('>', title);
    const auto to = folded.find('<', from == std::string::npos ? title : from);
    if (from != std::string::npos && to != std::string::npos)
      if (const auto words = on_one_line(text.substr(from + 1, to - from - 1)); !words.empty())
        out += " (" + words + ")";
  }
  return out;
}

}  // namespace sluice::cli
