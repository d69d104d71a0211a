// Exact arithmetic on decimal numbers, and their texts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/row.hpp"
#include "runtime/values/exact_number.hpp"

namespace sluice::values {

/// How a number is rounded that lies between two others.
enum class rounding : std::uint8_t {
  half_up,    ///< the nearer one; of two as near, the one farther from zero
  half_even,  ///< the nearer one; of two as near, the one with an even last digit
  down,       ///< the one nearer to zero
};

constexpr bool is_number(value_kind kind) {
  return kind == value_kind::integer || kind == value_kind::decimal || kind == value_kind::real;
}

/// The number of an integer, a decimal, a real, or a text or JSON that is one, blanks around it
/// ignored. Nothing for other values, NaN and the infinities included, and for numbers with more
/// than 1,000 digits before or behind the point.
std::optional<exact_number> number_of(const value_view& value);

/// With at most `places` digits behind the point; below zero, tens, hundreds, … are rounded to.
exact_number rounded(const exact_number& n, std::int64_t places, rounding how);
exact_number product(const exact_number& a, const exact_number& b);

/// `-1234.50`: at least `places` digits behind the point, without an exponent. `group` stands
/// between thousands, `mark` before the fraction.
std::string plain_text(const exact_number& n, std::int64_t places = 0, std::string_view group = {},
                       std::string_view mark = ".");

}  // namespace sluice::values
