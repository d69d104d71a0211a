#include "runtime/config/template_text.hpp"

#include <utility>

namespace sluice::config {
namespace {

/// Fills the pieces of `out` from its text. Returns what is wrong with it, or null.
const char* take_apart(template_value& out) {
  const auto& text = out.text;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else if (c == '}') {
      return "has a } without its {";
    } else {
      const auto close = text.find_first_of("{}", i + 1);
      if (close == std::string::npos || text[close] == '{') return "has a { without its }";
      if (close == i + 1) return "has a {} without a column";
      out.pieces.push_back({std::exchange(literal, {}), text.substr(i + 1, close - i - 1)});
      i = close;
    }
  }
  out.tail = std::move(literal);
  return nullptr;
}

}  // namespace

parsed_template parse_template(std::string text) {
  parsed_template out;
  out.value.text = std::move(text);
  if (const auto* malformed = take_apart(out.value)) out.malformed = malformed;
  return out;
}

}  // namespace sluice::config
