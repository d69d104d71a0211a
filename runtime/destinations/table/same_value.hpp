// Whether the text that a driver returns for a cell is the value that was sent. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "messages/row.hpp"

namespace sluice::destinations {

/// The spelling of `text` that is the same for all texts of the same value of `kind`; `text` itself
/// if it is no value of that kind:
///
/// - numbers exactly, whatever zeros, signs and exponents they are written with; `real` as the
///   double that the text names;
/// - booleans 1, t and true, or 0, f and false;
/// - times without zeros at the end of the fraction, without T, without a zone of UTC; midnight of
///   a date as the date;
/// - uuids in any case, with or without braces; JSON without the white space between its tokens;
/// - texts and bytes as they are.
std::string normal_value(value_kind kind, std::string_view text);

/// `read` is nothing for NULL.
bool is_same_value(value_view sent, const std::optional<std::string_view>& read);

}  // namespace sluice::destinations
