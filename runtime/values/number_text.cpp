#include "runtime/values/number_text.hpp"

#include <algorithm>
#include <cstdint>

#include "messages/ascii.hpp"
#include "runtime/values/exact_number.hpp"

namespace sluice::values {

namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view take_digits(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  const auto digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

/// True if a sign was there and is a minus.
bool take_sign(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '-' && rest.front() != '+')) return false;
  const bool negative = rest.front() == '-';
  rest.remove_prefix(1);
  return negative;
}

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

std::optional<number_parts> take_apart(std::string_view rest) {
  number_parts n;
  n.negative = take_sign(rest);
  const auto whole = take_digits(rest);
  n.whole = without_leading_zeros(whole);
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    n.has_point = true;
    n.fraction = take_digits(rest);
  }
  if (whole.empty() && n.fraction.empty()) return std::nullopt;
  if (!rest.empty() && (rest.front() == 'e' || rest.front() == 'E')) {
    rest.remove_prefix(1);
    n.has_exponent = true;
    n.negative_exponent = take_sign(rest);
    const auto digits = take_digits(rest);
    if (digits.empty()) return std::nullopt;
    n.exponent = without_leading_zeros(digits);
  }
  if (!rest.empty()) return std::nullopt;
  return n;
}

std::optional<value_kind> normalise_number(std::string_view text, std::string& out) {
  const auto n = take_apart(text);
  if (!n) return std::nullopt;
  const bool integer = !n->has_point && !n->has_exponent;
  out.clear();
  if (n->negative && !(integer && n->whole.empty())) out += '-';
  out += n->whole.empty() ? "0" : n->whole;
  if (!n->fraction.empty()) out.append(1, '.').append(n->fraction);
  if (n->has_exponent) {
    out += n->negative_exponent ? "e-" : "e";
    out += n->exponent.empty() ? "0" : n->exponent;
  }
  return integer ? value_kind::integer : value_kind::decimal;
}

bool canonical_number(std::string_view text, std::string& out) {
  const auto number = exact_number::read(text);
  if (!number) return false;
  constexpr std::int64_t plain_digits = 40;
  const auto digits = static_cast<std::int64_t>(number->digits.size());
  if (number->exponent >= 0 && digits + number->exponent <= plain_digits) {
    out = number->whole();
  } else {
    out.clear();
    if (number->negative) out.push_back('-');
    out.append(number->digits).append("e").append(std::to_string(number->exponent));
  }
  return true;
}

std::optional<bool> zero_or_one(std::string_view number) {
  const auto n = take_apart(number);
  if (!n) return std::nullopt;  // NaN and infinity
  const auto is_zero = [](std::string_view digits) {
    return digits.find_first_not_of('0') == std::string_view::npos;
  };
  if (n->whole.empty() && is_zero(n->fraction)) return false;
  if (!n->negative && n->exponent.empty() && n->whole == "1" && is_zero(n->fraction)) return true;
  return std::nullopt;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace sluice::values
