// Numbers as decimal digits, to decide exactly what a column keeps of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::values {

/// `digits` times ten to the power of `exponent`. Equal numbers are equal, however they are
/// written.
struct exact_number {
  bool negative = false;      ///< never so for zero
  std::string digits;         ///< without zeros at either end; none for zero
  std::int64_t exponent = 0;  ///< 0 for zero

  bool operator==(const exact_number&) const = default;

  /// Reads `-12.50`, `.5`, `1e5`; returns nothing for other text, NaN and the infinities included,
  /// and for exponents of more than 15 digits. Pure.
  static std::optional<exact_number> read(std::string_view text);

  /// The number of digits behind the point; below zero if the number ends in zeros before the
  /// point.
  [[nodiscard]] std::int64_t decimal_places() const { return -exponent; }
  /// Without point and exponent: `1200`. REQUIRES: `exponent` is not below zero.
  [[nodiscard]] std::string whole() const;
};

/// Whether `text` is a number in its plain spelling: `-12.50`. No blanks, no plus sign, no
/// exponent, no zeros in front, digits on both sides of a point.
bool is_plain_number(std::string_view text);

/// Whether a 4-byte float made of the number reads back as that number: 16777217 does not.
bool float_keeps(std::string_view number);
/// The same for an 8-byte one: 9007199254740993 does not.
bool double_keeps(std::string_view number);

}  // namespace sluice::values
