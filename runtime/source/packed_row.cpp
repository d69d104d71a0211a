#include "runtime/source/packed_row.hpp"

#include <cstring>

namespace sluice::source {
namespace {

[[noreturn]] void damaged(const char* what) {
  throw odbc::odbc_error(odbc::error_class::permanent,
                         std::string("the database sent a row that is not as asked for: ") + what);
}

std::size_t find_byte(std::string_view text, std::size_t from, char c) {
  const void* found =
      from < text.size() ? std::memchr(text.data() + from, c, text.size() - from) : nullptr;
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// Unescaping never makes a text longer, so the arena, reserved like this, does not move its bytes.
void prepare(std::string& arena, std::size_t row_bytes) {
  arena.clear();
  arena.reserve(row_bytes);
}

// -- PostgreSQL -----------------------------------------------------------------------------------

/// Reads a quoted value whose opening quote lies before `at`; leaves `at` behind the closing one.
std::string_view take_quoted(std::string_view text, std::size_t& at, std::string& arena) {
  const auto begin = at;
  const auto arena_begin = arena.size();
  bool copied = false;
  auto piece = begin;  // what is not yet in the arena
  for (;; ++at) {
    if (at >= text.size()) damaged("a quote is not closed");
    const char c = text[at];
    if (c != '"' && c != '\\') continue;
    const bool doubled = at + 1 < text.size() && text[at + 1] == c;
    if (c == '"' && !doubled) break;
    if (!doubled) damaged("a backslash stands alone");
    arena.append(text, piece, at + 1 - piece);
    copied = true;
    ++at;
    piece = at + 1;
  }
  const auto end = at++;
  if (!copied) return text.substr(begin, end - begin);
  arena.append(text, piece, end - piece);
  return std::string_view(arena).substr(arena_begin);
}

// -- SQLite ---------------------------------------------------------------------------------------

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  damaged("not a hexadecimal digit");
}

/// Appends the character of the escape whose backslash is at `at - 1`. SQLite escapes quote,
/// backslash and control characters only.
void unescape(std::string_view text, std::size_t& at, std::string& arena) {
  if (at >= text.size()) damaged("an escape is cut");
  const char c = text[at++];
  switch (c) {
    case 'b':
      arena.push_back('\b');
      return;
    case 'f':
      arena.push_back('\f');
      return;
    case 'n':
      arena.push_back('\n');
      return;
    case 'r':
      arena.push_back('\r');
      return;
    case 't':
      arena.push_back('\t');
      return;
    case 'u': {
      if (at + 4 > text.size() || text.substr(at, 2) != "00") damaged("an unexpected escape");
      arena.push_back(static_cast<char>(hex_digit(text[at + 2]) * 16 + hex_digit(text[at + 3])));
      at += 4;
      return;
    }
    case '"':
    case '\\':
    case '/':
      arena.push_back(c);
      return;
    default:
      damaged("an unknown escape");
  }
}

/// Reads a JSON string whose opening quote lies before `at`.
std::string_view take_string(std::string_view text, std::size_t& at, std::string& arena) {
  const auto begin = at;
  auto end = find_byte(text, at, '"');
  if (end == std::string_view::npos) damaged("a string is not closed");
  const auto escape = find_byte(text.substr(0, end), at, '\\');
  if (escape == std::string_view::npos) {
    at = end + 1;
    return text.substr(begin, end - begin);
  }
  const auto arena_begin = arena.size();
  for (;;) {
    const auto next = text.find_first_of("\"\\", at);
    if (next == std::string_view::npos) damaged("a string is not closed");
    arena.append(text, at, next - at);
    at = next + 1;
    if (text[next] == '"') return std::string_view(arena).substr(arena_begin);
    unescape(text, at, arena);
  }
}

std::string_view from_hex(std::string_view digits, std::string& arena) {
  if (digits.size() % 2 != 0) damaged("half a byte");
  const auto begin = arena.size();
  for (std::size_t i = 0; i < digits.size(); i += 2)
    arena.push_back(static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1])));
  return std::string_view(arena).substr(begin);
}

void pass_over(std::string_view text, std::size_t& at, std::string_view what) {
  if (!text.substr(at).starts_with(what)) damaged("punctuation is missing");
  at += what.size();
}

/// `["abc"]`, `["00FF",1]`, `["0.1",2]` or `["",3]`; `at` lies behind the bracket.
raw_cell take_tagged(std::string_view text, std::size_t& at, std::string& arena) {
  pass_over(text, at, "\"");
  const auto inner = take_string(text, at, arena);
  if (at < text.size() && text[at] == ']') {
    ++at;
    return {value_kind::text, inner};
  }
  if (text.substr(at).starts_with(",3]")) {
    at += 3;
    return {value_kind::text, {}, true};
  }
  const bool real = text.substr(at).starts_with(",2");
  pass_over(text, at, real ? ",2]" : ",1]");
  if (real) return {value_kind::real, inner};
  return {value_kind::binary, from_hex(inner, arena)};
}

raw_cell take_json(std::string_view text, std::size_t& at, value_kind plain, std::string& arena) {
  if (at >= text.size()) damaged("values are missing");
  switch (text[at]) {
    case '"':
      ++at;
      return {plain, take_string(text, at, arena)};
    case '[':
      ++at;
      return take_tagged(text, at, arena);
    case 'n':
      pass_over(text, at, "null");
      return {};
    default:
      break;
  }
  const auto begin = at;
  auto kind = value_kind::integer;
  for (; at < text.size() && text[at] != ',' && text[at] != ']'; ++at)
    if (text[at] == '.') kind = value_kind::real;
  return {kind, text.substr(begin, at - begin)};
}

}  // namespace

void unpack_record(std::string_view text, std::span<raw_cell> cells, std::string& arena) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') damaged("no parentheses");
  prepare(arena, text.size());
  const auto end = text.size() - 1;  // of the closing parenthesis
  std::size_t at = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) pass_over(text, at, ",");
    if (text[at] == '"') {
      ++at;
      cells[i] = {value_kind::text, take_quoted(text, at, arena)};
      continue;
    }
    const auto begin = at;  // plain values hold no comma, quote or parenthesis
    while (at < end && text[at] != ',') ++at;
    cells[i] =
        at == begin ? raw_cell{} : raw_cell{value_kind::text, text.substr(begin, at - begin)};
  }
  if (at != end) damaged("there are more values than columns");
}

void unpack_json_array(std::string_view text, std::span<raw_cell> cells,
                       std::span<const bool> text_is_real, std::string& arena) {
  prepare(arena, text.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    pass_over(text, at, i == 0 ? "[" : ",");
    cells[i] = take_json(text, at, text_is_real[i] ? value_kind::real : value_kind::text, arena);
  }
  pass_over(text, at, "]");
  if (at != text.size()) damaged("there are more values than columns");
}

}  // namespace sluice::source
