#include "runtime/json/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "messages/ascii.hpp"
#include "messages/base64.hpp"
#include "messages/utf8.hpp"

namespace sluice {
namespace {

/// Bytes of the longest escape: \u001f.
constexpr std::size_t longest_escape = 6;

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Per byte: 0 if it stands for itself, the letter after the backslash, or 'u' for \u00XX.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

/// Length of the run of bytes at the front of `text` that stand for themselves.
std::size_t plain_run(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101;
  std::size_t n = 0;
  // Eight at once while none is a control character, a quote or a backslash: for each of the three
  // a subtraction borrows, and sets the high bit of an ASCII byte.
  for (std::uint64_t eight = 0; text.size() - n >= sizeof eight; n += sizeof eight) {
    std::memcpy(&eight, text.data() + n, sizeof eight);
    const auto found =
        (eight - each * 0x20) | ((eight ^ each * '"') - each) | ((eight ^ each * '\\') - each);
    if ((found & ~eight & each * 0x80) != 0) break;
  }
  while (n < text.size() && escapes[static_cast<unsigned char>(text[n])] == 0) ++n;
  return n;
}

/// Takes the digits at the front of `text`.
std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

/// Whether JSON writes `number` the same way, as it does most numbers. Numbers with an exponent are
/// checked more closely.
bool is_json_number(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  const auto whole = take_digits(number);
  if (whole.empty() || (whole.front() == '0' && whole.size() > 1)) return false;
  if (number.empty()) return true;
  if (number.front() != '.') return false;
  number.remove_prefix(1);
  return !take_digits(number).empty() && number.empty();
}

/// An optional sign at the front of `text`; NUL if there is none.
char take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return '\0';
  const char sign = text.front();
  text.remove_prefix(1);
  return sign;
}

/// In a valid JSON text a raw line break can only be white space between tokens.
void append_on_one_line(std::string& out, std::string_view json) {
  const auto begin = out.size();
  out.append(json);
  for (auto i = begin; i < out.size(); ++i)
    if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  for (;;) {
    const auto plain = plain_run(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    out.push_back('\\');
    out.push_back(escapes[byte]);
    if (escapes[byte] == 'u') {
      out.append("00");
      out.push_back(hex_digits[byte >> 4]);
      out.push_back(hex_digits[byte & 0xf]);
    }
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_text(out, text);
  out.push_back('"');
}

bool append_json_number(std::string& out, std::string_view number) {
  if (is_json_number(number)) {
    out.append(number);
    return true;
  }
  auto rest = number;
  const bool negative = take_sign(rest) == '-';
  auto whole = take_digits(rest);
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (whole.empty() && fraction.empty()) return false;
  const auto exponent = rest;
  if (!rest.empty()) {
    if (rest.front() != 'e' && rest.front() != 'E') return false;
    rest.remove_prefix(1);
    take_sign(rest);
    if (take_digits(rest).empty() || !rest.empty()) return false;
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));

  if (negative) out.push_back('-');
  out.append(whole.empty() ? std::string_view("0") : whole);
  if (!fraction.empty()) {
    out.push_back('.');
    out.append(fraction);
  }
  out.append(exponent);
  return true;
}

void append_json_value(std::string& out, const value_view& value) {
  switch (value.kind) {
    case value_kind::null:
      out.append("null");
      return;
    case value_kind::boolean:
      out.append(value.bytes == "1" ? "true" : "false");
      return;
    case value_kind::integer:
    case value_kind::decimal:
    case value_kind::real:
      if (is_nonfinite(value)) {
        out.append("null");
      } else if (!append_json_number(out, value.bytes)) {
        append_json_string(out, value.bytes);
      }
      return;
    case value_kind::json:
      append_on_one_line(out, value.bytes);
      return;
    case value_kind::binary:
      out.push_back('"');
      append_base64(out, value.bytes);
      out.push_back('"');
      return;
    case value_kind::text:
    case value_kind::date:
    case value_kind::time:
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
    case value_kind::uuid:
      append_json_string(out, value.bytes);
      return;
  }
}

bool fits_as_json(const value_view& value, std::size_t room) {
  constexpr std::size_t quotes = 2;
  const auto bytes = value.bytes.size();
  if (bytes > room) return false;
  if (bytes < room / longest_escape) return true;
  if (value.kind == value_kind::binary) return (bytes + 2) / 3 * 4 + quotes <= room;
  if (value.kind == value_kind::json) return true;
  std::size_t needed = quotes;
  for (const char c : value.bytes) {
    const auto escape = escapes[static_cast<unsigned char>(c)];
    needed += escape == 0 ? 1 : escape == 'u' ? longest_escape : 2;
  }
  return needed <= room;
}

void append_beginning_as_json(std::string& out, const value_view& value, std::size_t room) {
  constexpr std::size_t enough = 64u << 10;
  const auto bytes = std::min(room / longest_escape, enough);
  append_json_value(out, {value.kind, whole_characters(value.bytes, bytes)});
}

}  // namespace sluice
