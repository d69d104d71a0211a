#include "runtime/config/template_text.hpp"

#include <utility>

#include "messages/ascii.hpp"

namespace sluice::config {
namespace {

/// `first_name | trim | lower` without its braces. Returns what is wrong with it, or nothing.
std::string read_placeholder(const std::string& text, template_value::piece& out) {
  const auto bar = text.find('|');
  out.column = text.substr(0, bar);
  if (bar == std::string::npos) return {};
  out.column = trimmed(out.column, " ");
  if (out.column.empty()) return "has a | without a column before it";
  auto parsed = values::parse_calls(text.substr(bar + 1));
  out.apply = std::move(parsed.calls);
  return parsed.malformed;
}

/// Fills the pieces of `out` from its text. Returns what is wrong with it, or nothing.
std::string take_apart(template_value& out) {
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
      out.pieces.push_back({std::exchange(literal, {}), {}});
      auto malformed = read_placeholder(text.substr(i + 1, close - i - 1), out.pieces.back());
      if (!malformed.empty()) return malformed;
      i = close;
    }
  }
  out.tail = std::move(literal);
  return {};
}

}  // namespace

parsed_template parse_template(std::string text) {
  parsed_template out;
  out.value.text = std::move(text);
  out.malformed = take_apart(out.value);
  return out;
}

}  // namespace sluice::config
