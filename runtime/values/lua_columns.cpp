#include "runtime/values/lua_columns.hpp"

#include <algorithm>
#include <optional>

#include "messages/ascii.hpp"

namespace sluice::values {
namespace {

struct token {
  enum class type : std::uint8_t { name, text, other };
  type what = type::other;
  std::string text;  ///< of a text without its quotes, as far as it has no escapes
};

constexpr bool is_letter(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_'; }

/// Splits a program into tokens, without comments and white space.
class lexer {
 public:
  explicit lexer(std::string_view program) : rest_(program) {}

  std::optional<token> next() {
    skip();
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    if (is_letter(c)) return word();
    if (is_digit(c)) return number();
    if (c == '\'' || c == '"') return quoted();
    if (c == '[')
      if (auto text = long_text()) return token{token::type::text, std::move(*text)};
    if (rest_.starts_with("..")) return take(2);  // no access to a member
    return take(1);
  }

 private:
  token take(std::size_t n) {
    token out{token::type::other, std::string(rest_.substr(0, n))};
    rest_.remove_prefix(n);
    return out;
  }

  void skip() {
    for (;;) {
      const auto blanks = rest_.find_first_not_of(" \t\r\n\f\v");
      rest_.remove_prefix(std::min(blanks, rest_.size()));
      if (!rest_.starts_with("--")) return;
      rest_.remove_prefix(2);
      if (!long_text()) rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  token word() {
    std::size_t n = 0;
    while (n < rest_.size() && (is_letter(rest_[n]) || is_digit(rest_[n]))) ++n;
    auto out = take(n);
    out.what = token::type::name;
    return out;
  }

  /// With its point, so that `1..x` is not taken for a member.
  token number() {
    std::size_t n = 0;
    while (n < rest_.size() && (is_letter(rest_[n]) || is_digit(rest_[n]) || rest_[n] == '.')) ++n;
    return take(n);
  }

  token quoted() {
    const char quote = rest_.front();
    token out{token::type::text, {}};
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != quote; ++i) {
      if (rest_[i] == '\\') {
        out.what = token::type::other;  // what it says is not known here
        ++i;
      }
      if (i < rest_.size()) out.text += rest_[i];
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
    return out;
  }

  /// `[==[ … ]==]`; nothing, and nothing taken, where there is none.
  std::optional<std::string> long_text() {
    if (!rest_.starts_with('[')) return std::nullopt;
    const auto level = rest_.find_first_not_of('=', 1);
    if (level == std::string_view::npos || rest_[level] != '[') return std::nullopt;
    const auto closing = "]" + std::string(level - 1, '=') + "]";
    const auto end = rest_.find(closing, level);
    std::string out(rest_.substr(level + 1, end == std::string_view::npos ? end : end - level - 1));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + closing.size());
    return out;
  }

  std::string_view rest_;
};

}  // namespace

lua_columns columns_of_program(std::string_view program) {
  std::vector<token> tokens;
  lexer in(program);
  while (auto t = in.next()) tokens.push_back(std::move(*t));
  const token end;
  const auto at = [&](std::size_t i) -> const token& {
    return i < tokens.size() ? tokens[i] : end;
  };
  lua_columns out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (at(i).what != token::type::name || at(i).text != "row") continue;
    const bool is_member = i > 0 && (at(i - 1).text == "." || at(i - 1).text == ":");
    if (is_member) continue;
    const bool by_name = at(i + 1).text == "." && at(i + 2).what == token::type::name;
    const bool by_text =
        at(i + 1).text == "[" && at(i + 2).what == token::type::text && at(i + 3).text == "]";
    if (!by_name && !by_text)
      out.every = true;
    else if (std::ranges::find(out.names, at(i + 2).text) == out.names.end())
      out.names.push_back(at(i + 2).text);
  }
  return out;
}

}  // namespace sluice::values
