#include "runtime/config/field_path.hpp"

#include <algorithm>

namespace sluice::config {

std::optional<std::vector<std::string>> parse_field_path(std::string_view text) {
  std::vector<std::string> path(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      path.emplace_back();
    } else if (text[i] == '\\') {
      if (++i == text.size() || (text[i] != '.' && text[i] != '\\')) return std::nullopt;
      path.back() += text[i];
    } else {
      path.back() += text[i];
    }
  }
  if (std::ranges::find(path, "") != path.end()) return std::nullopt;
  return path;
}

std::string field_path_text(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& name : path) {
    if (!out.empty()) out += '.';
    for (const char c : name) {
      if (c == '.' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace sluice::config
