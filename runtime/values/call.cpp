#include "runtime/values/call.hpp"

#include <optional>

#include "messages/ascii.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

constexpr bool is_name(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; }

/// What stands behind a backslash in quotes.
std::optional<char> unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return std::nullopt;
  }
}

class call_parser {
 public:
  explicit call_parser(std::string_view text) : rest_(text) {}

  parsed_calls parse() {
    parsed_calls out;
    do {
      out.calls.push_back(next());
    } while (problem_.empty() && take('|'));
    skip_blanks();
    if (problem_.empty() && !rest_.empty())
      problem_ = "has \"" + std::string(rest_) + "\" behind a function";
    out.malformed = problem_;
    return out;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take_word() {
    skip_blanks();
    std::size_t n = 0;
    while (n < rest_.size() && is_name(rest_[n])) ++n;
    const auto word = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return word;
  }

  call next() {
    call out{std::string(take_word())};
    if (out.name.empty()) problem_ = "lacks the name of a function behind a |";
    if (!problem_.empty() || !take('(') || take(')')) return out;
    do {
      out.arguments.push_back(next_argument());
    } while (problem_.empty() && take(','));
    if (problem_.empty() && !take(')'))
      problem_ = "lacks the ) behind the arguments of \"" + out.name + "\"";
    return out;
  }

  argument next_argument() {
    skip_blanks();
    if (!rest_.empty() && (rest_.front() == '\'' || rest_.front() == '"')) return quoted();
    const auto word = trimmed(rest_.substr(0, rest_.find_first_of(",)|")), " ");
    rest_.remove_prefix(std::min(rest_.find_first_of(",)|"), rest_.size()));
    if (word == "null") return {};
    if (word == "true" || word == "false") return {value_kind::boolean, word == "true" ? "1" : "0"};
    argument out;
    if (const auto kind = normalise_number(word, out.bytes)) {
      out.kind = *kind;
      return out;
    }
    problem_ =
        "has the argument \"" + std::string(word) + "\", which is neither a number nor quoted";
    return {};
  }

  argument quoted() {
    const char quote = rest_.front();
    argument out{value_kind::text, {}};
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return out;
      }
      if (rest_[i] != '\\') {
        out.bytes += rest_[i];
        continue;
      }
      const auto c = ++i < rest_.size() ? unescaped(rest_[i]) : std::nullopt;
      if (!c) break;
      out.bytes += *c;
    }
    problem_ = "has a text without its closing quote, or with an unknown escape";
    return {};
  }

  std::string_view rest_;
  std::string problem_;
};

void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      if (c == '\\' || c == '\'') out += '\\';
      out += c;
    }
  }
  out += '\'';
}

void append_argument(std::string& out, const argument& a) {
  if (a.kind == value_kind::null)
    out += "null";
  else if (a.kind == value_kind::boolean)
    out += a.bytes == "1" ? "true" : "false";
  else if (a.kind == value_kind::text)
    append_quoted(out, a.bytes);
  else
    out += a.bytes;
}

}  // namespace

parsed_calls parse_calls(std::string_view text) { return call_parser(text).parse(); }

std::string to_text(std::span<const call> calls) {
  std::string out;
  for (const auto& c : calls) {
    if (!out.empty()) out += " | ";
    out += c.name;
    if (c.arguments.empty()) continue;
    const char* before = "(";
    for (const auto& a : c.arguments) {
      out += before;
      append_argument(out, a);
      before = ", ";
    }
    out += ')';
  }
  return out;
}

}  // namespace sluice::values
