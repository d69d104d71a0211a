// Numbers as text, brought into the form in which JSON writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "messages/row.hpp"

namespace sluice::values {

/// `[+-] digits [. digits] [e [+-] digits]`, with digits on at least one side of the point and
/// nothing around it, taken apart; the views lie in the text.
struct number_parts {
  bool negative = false;
  std::string_view whole;     ///< digits before the point, leading zeros dropped
  std::string_view fraction;  ///< digits behind it
  bool has_point = false;
  bool has_exponent = false;
  bool negative_exponent = false;
  std::string_view exponent;  ///< its digits, leading zeros dropped
};

/// Nothing for anything else. Pure.
std::optional<number_parts> take_apart(std::string_view text);

/// Takes a number text apart and writes it into `out` without plus sign and leading zeros and with
/// digits on both sides of a point. Gives `integer` if it has neither point nor exponent (minus
/// zero is 0), else `decimal`; nothing, with `out` undefined, for anything else. Exact: no digit is
/// lost.
std::optional<value_kind> normalise_number(std::string_view text, std::string& out);

/// Writes into `out` the one text that all spellings of a number share, without needless zeros: a
/// whole number of up to 40 digits plainly (`-120`), other numbers as digits and the exponent of
/// the last one (`1205e-2`). False, with `out` undefined, if `text` is no number as above.
bool canonical_number(std::string_view text, std::string& out);

/// 1 or 0 if that is the exact value of the number text, however it is written; otherwise nothing.
/// REQUIRES: the text of an integer, decimal or real.
std::optional<bool> zero_or_one(std::string_view number);

/// `text` without the ASCII blanks at both ends.
std::string_view trim_blanks(std::string_view text);

}  // namespace sluice::values
