#include "runtime/values/exact_number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "messages/ascii.hpp"
#include "messages/expect.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

template <class Number>
bool parses_as(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::size_t count_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

/// "Reads back": as the shortest text that denotes the float; floats are read and shown that way.
template <class Float>
bool keeps(std::string_view number) {
  // Numbers of so many digits, and of no extreme size, survive in any case.
  constexpr std::size_t safe_digits = std::numeric_limits<Float>::digits10;
  if (number.size() <= safe_digits && number.find_first_of("eE") == std::string_view::npos)
    return true;
  // PostgreSQL makes a 4-byte float of the text, MariaDB of the 8-byte one that it makes first.
  Float direct = 0;
  double wide = 0;
  if (!parses_as(number, direct) || !parses_as(number, wide) || static_cast<Float>(wide) != direct)
    return false;
  // Sources write the largest 4-byte float with all its digits.
  if (std::abs(wide) == std::numeric_limits<Float>::max()) return true;
  std::array<char, 32> text{};
  // Without a format, large floats would be written with more digits than they need.
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), direct, std::chars_format::scientific);
  const auto sent = exact_number::read(number);
  return sent && sent == exact_number::read({text.data(), written.ptr});
}

}  // namespace

std::optional<exact_number> exact_number::read(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts) return std::nullopt;
  exact_number out;
  out.digits.reserve(parts->whole.size() + parts->fraction.size());
  out.digits.append(parts->whole).append(parts->fraction);
  const auto first = out.digits.find_first_not_of('0');
  if (first == std::string::npos) return exact_number{};
  if (!parts->exponent.empty()) {
    // The sums below stay within range.
    constexpr std::size_t longest_exponent = 15;
    if (parts->exponent.size() > longest_exponent || !parses_as(parts->exponent, out.exponent))
      return std::nullopt;
    if (parts->negative_exponent) out.exponent = -out.exponent;
  }
  out.exponent -= static_cast<std::int64_t>(parts->fraction.size());
  const auto end = out.digits.find_last_not_of('0') + 1;
  out.exponent += static_cast<std::int64_t>(out.digits.size() - end);
  out.digits.resize(end);
  out.digits.erase(0, first);
  out.negative = parts->negative;
  return out;
}

std::string exact_number::whole() const {
  expect(exponent >= 0, "write number", "one without digits behind the point");
  if (digits.empty()) return "0";
  return (negative ? "-" : "") + digits + std::string(static_cast<std::size_t>(exponent), '0');
}

bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
  text.remove_prefix(whole);
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

bool float_keeps(std::string_view number) { return keeps<float>(number); }
bool double_keeps(std::string_view number) { return keeps<double>(number); }

}  // namespace sluice::values
