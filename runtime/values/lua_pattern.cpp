#include "runtime/values/lua_pattern.hpp"

#include <algorithm>

#include "messages/ascii.hpp"

namespace sluice::values {
namespace {

// Of ASCII, as in the C locale: the process's locale must not change a row.
constexpr bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(unsigned char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_graphic(unsigned char c) { return c > ' ' && c < 0x7f; }

bool in_class(unsigned char c, char name) {
  const bool wanted = !is_upper(static_cast<unsigned char>(name));
  switch (lower(name)) {
    case 'a':
      return is_alpha(c) == wanted;
    case 'c':
      return (c < ' ' || c == 0x7f) == wanted;
    case 'd':
      return is_digit(static_cast<char>(c)) == wanted;
    case 'g':
      return is_graphic(c) == wanted;
    case 'l':
      return is_lower(c) == wanted;
    case 'p':
      return (is_graphic(c) && !is_alpha(c) && !is_digit(static_cast<char>(c))) == wanted;
    case 's':
      return (c == ' ' || (c >= '\t' && c <= '\r')) == wanted;
    case 'u':
      return is_upper(c) == wanted;
    case 'w':
      return (is_alpha(c) || is_digit(static_cast<char>(c))) == wanted;
    case 'x':
      return (is_digit(static_cast<char>(c)) ||
              (lower(static_cast<char>(c)) >= 'a' && lower(static_cast<char>(c)) <= 'f')) == wanted;
    default:
      return static_cast<unsigned char>(name) == c;
  }
}

}  // namespace

lua_pattern::lua_pattern(lua_search what, std::uint64_t& steps)
    : subject_(what.subject), pattern_(what.pattern), steps_(steps) {}

lua_pattern::outcome lua_pattern::find(std::size_t from, lua_match& out) {
  const bool anchored = pattern_.starts_with('^');
  for (auto s = from; s <= subject_.size(); ++s) {
    found_.count = 0;
    depth_ = 0;
    const auto end = match(s, anchored ? 1 : 0);
    if (problem_ != outcome::none) return problem_;
    if (end != none) {
      found_.begin = s;
      found_.end = end;
      for (std::size_t i = 0; i < found_.count; ++i)
        if (found_.captures[i].length == open) return outcome::malformed;
      out = found_;
      return outcome::found;
    }
    if (anchored) break;
  }
  return outcome::none;
}

std::size_t lua_pattern::fail(outcome why) {
  if (problem_ == outcome::none) problem_ = why;
  return none;
}

bool lua_pattern::step() {
  if (steps_ == 0) {
    fail(outcome::too_long);
    return false;
  }
  --steps_;
  return true;
}

/// The end of the match of the pattern from `p` on at `s`.
std::size_t lua_pattern::match(std::size_t s, std::size_t p) {
  if (++depth_ > deepest) return fail(outcome::too_long);
  progress at{s, p};
  while (at.next != none) {
    if (!step()) {
      at = {};
    } else if (at.next == pattern_.size()) {
      at.next = none;
    } else {
      at = match_item(at.end, at.next);
    }
  }
  --depth_;
  return at.end;
}

lua_pattern::progress lua_pattern::match_item(std::size_t s, std::size_t p) {
  const char c = pattern_[p];
  const auto behind = pattern_.substr(p + 1, 1);
  const auto go_on = [&](std::size_t at, std::size_t with) {
    return at == none ? progress{} : progress{at, with};
  };
  if (c == '(') return {behind == ")" ? capture_position(s, p + 2) : begin_capture(s, p + 1)};
  if (c == ')') return {end_capture(s, p + 1)};
  if (c == '$' && p + 1 == pattern_.size()) return {s == subject_.size() ? s : none};
  if (c == '%' && behind == "b") return go_on(balanced(s, p + 2), p + 4);
  if (c == '%' && behind == "f") return frontier(s, p + 2);
  if (c == '%' && !behind.empty() && is_digit(behind.front()))
    return go_on(repeated(s, behind), p + 2);

  const auto end = end_of_class(p);
  if (end == none) return {};
  const char how = end < pattern_.size() ? pattern_[end] : '\0';
  if (how == '*') return {most_first(s, p, end)};
  if (how == '-') return {least_first(s, p, end)};
  const bool fits = single(s, p, end);
  if (how == '+') return {fits ? most_first(s + 1, p, end) : none};
  if (how == '?') {
    if (fits)
      if (const auto out = match(s + 1, end + 1); out != none || problem_ != outcome::none)
        return {out};
    return {s, end + 1};
  }
  return fits ? progress{s + 1, end} : progress{};
}

/// Between a character that is not in the set at `p`, and one that is.
lua_pattern::progress lua_pattern::frontier(std::size_t s, std::size_t p) {
  if (p >= pattern_.size() || pattern_[p] != '[') return {fail(outcome::malformed)};
  const auto end = end_of_class(p);
  if (end == none) return {};
  const auto before = s == 0 ? '\0' : subject_[s - 1];
  const auto here = s < subject_.size() ? subject_[s] : '\0';
  const bool fits = !in_set(static_cast<unsigned char>(before), p, end - 1) &&
                    in_set(static_cast<unsigned char>(here), p, end - 1);
  return fits ? progress{s, end} : progress{};
}

std::size_t lua_pattern::most_first(std::size_t s, std::size_t p, std::size_t end) {
  std::size_t count = 0;
  while (single(s + count, p, end)) {
    if (!step()) return none;
    ++count;
  }
  for (;; --count) {
    const auto out = match(s + count, end + 1);
    if (out != none || count == 0 || problem_ != outcome::none) return out;
  }
}

std::size_t lua_pattern::least_first(std::size_t s, std::size_t p, std::size_t end) {
  for (;; ++s) {
    const auto out = match(s, end + 1);
    if (out != none || problem_ != outcome::none) return out;
    if (!single(s, p, end)) return none;
  }
}

std::size_t lua_pattern::balanced(std::size_t s, std::size_t p) {
  if (p + 1 >= pattern_.size()) return fail(outcome::malformed);
  if (s >= subject_.size() || subject_[s] != pattern_[p]) return none;
  std::size_t inside = 1;
  for (auto i = s + 1; i < subject_.size(); ++i) {
    if (!step()) return none;
    if (subject_[i] == pattern_[p + 1]) {
      if (--inside == 0) return i + 1;
    } else if (subject_[i] == pattern_[p]) {
      ++inside;
    }
  }
  return none;
}

std::size_t lua_pattern::capture_position(std::size_t s, std::size_t p) {
  if (found_.count == lua_match::most_captures) return fail(outcome::malformed);
  found_.captures[found_.count++] = {s, lua_match::position};
  const auto out = match(s, p);
  if (out == none) --found_.count;
  return out;
}

std::size_t lua_pattern::begin_capture(std::size_t s, std::size_t p) {
  if (found_.count == lua_match::most_captures) return fail(outcome::malformed);
  found_.captures[found_.count++] = {s, open};
  const auto out = match(s, p);
  if (out == none) --found_.count;
  return out;
}

std::size_t lua_pattern::end_capture(std::size_t s, std::size_t p) {
  for (auto i = found_.count; i-- > 0;) {
    auto& capture = found_.captures[i];
    if (capture.length != open) continue;
    capture.length = s - capture.begin;
    const auto out = match(s, p);
    if (out == none) capture.length = open;
    return out;
  }
  return fail(outcome::malformed);
}

/// What a capture has matched, once more.
std::size_t lua_pattern::repeated(std::size_t s, std::string_view digit) {
  const auto i = static_cast<std::size_t>(digit.front() - '1');
  if (digit == "0" || i >= found_.count || found_.captures[i].length == open)
    return fail(outcome::malformed);
  const auto& capture = found_.captures[i];
  if (capture.length == lua_match::position) return none;
  const auto text = subject_.substr(capture.begin, capture.length);
  // It costs what it compares.
  steps_ -= std::min<std::uint64_t>(steps_, text.size());
  return subject_.substr(s).starts_with(text) ? s + text.size() : none;
}

std::size_t lua_pattern::end_of_class(std::size_t p) {
  const char c = pattern_[p++];
  if (c == '%') {
    if (p == pattern_.size()) return fail(outcome::malformed);
    return p + 1;
  }
  if (c != '[') return p;
  if (p < pattern_.size() && pattern_[p] == '^') ++p;
  do {
    if (p >= pattern_.size()) return fail(outcome::malformed);
    if (pattern_[p++] == '%') ++p;
  } while (p >= pattern_.size() || pattern_[p] != ']');
  return p + 1;
}

bool lua_pattern::single(std::size_t s, std::size_t p, std::size_t end) {
  if (s >= subject_.size()) return false;
  const auto c = static_cast<unsigned char>(subject_[s]);
  switch (pattern_[p]) {
    case '.':
      return true;
    case '%':
      return in_class(c, pattern_[p + 1]);
    case '[':
      return in_set(c, p, end - 1);
    default:
      return static_cast<unsigned char>(pattern_[p]) == c;
  }
}

/// `p`: the opening bracket; `end`: the closing one.
bool lua_pattern::in_set(unsigned char c, std::size_t p, std::size_t end) const {
  bool wanted = true;
  if (pattern_[p + 1] == '^') {
    wanted = false;
    ++p;
  }
  while (++p < end) {
    if (pattern_[p] == '%') {
      if (in_class(c, pattern_[++p])) return wanted;
    } else if (p + 2 < end && pattern_[p + 1] == '-') {
      const auto from = static_cast<unsigned char>(pattern_[p]);
      const auto to = static_cast<unsigned char>(pattern_[p + 2]);
      p += 2;
      if (from <= c && c <= to) return wanted;
    } else if (static_cast<unsigned char>(pattern_[p]) == c) {
      return wanted;
    }
  }
  return !wanted;
}

}  // namespace sluice::values
