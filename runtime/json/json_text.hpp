// Values as JSON text, written straight into a string: numbers as numbers of the same value, binary
// values in base64, dates, times and uuids as texts.
#pragma once

#include <string>
#include <string_view>

#include "messages/row.hpp"

namespace sluice {

/// Appends `text` quoted and escaped. REQUIRES: valid UTF-8, which every text value is.
void append_json_string(std::string& out, std::string_view text);

/// The same for a part of a longer string: without the quotes.
void append_json_text(std::string& out, std::string_view text);

/// Appends `number` as a JSON number of exactly the same value, if it is one. Forms that databases
/// write and JSON does not know are respelled, digit for digit: `.5` is 0.5, `5.` is 5, `007` is 7,
/// `+1` is 1; `1e5` stays. Returns false, and appends nothing, for any other text.
bool append_json_number(std::string& out, std::string_view number);

/// True for NaN and the infinities, which JSON cannot hold.
inline bool is_nonfinite(const value_view& value) {
  if (value.kind != value_kind::real && value.kind != value_kind::decimal) return false;
  return value.bytes == "NaN" || value.bytes == "Infinity" || value.bytes == "-Infinity";
}

/// Appends any value. NaN and the infinities become null: `is_nonfinite` finds them. A number whose
/// text is none in JSON (some databases print money with a currency sign) is quoted, never altered.
/// Line breaks between the tokens of an embedded json value become spaces, so that the text stays
/// on one line; everything else of it is verbatim.
void append_json_value(std::string& out, const value_view& value);

/// Whether `append_json_value` appends at most `room` bytes. A text of control characters is six
/// times as long in JSON; for most values the length alone decides.
bool fits_as_json(const value_view& value, std::size_t room);

/// Appends the beginning of a value that does not fit, for people: at most 64 KiB of it, and about
/// `room` bytes (its quotes may exceed them).
void append_beginning_as_json(std::string& out, const value_view& value, std::size_t room);

/// How many of `most` bytes are left behind `out`.
inline std::size_t room_behind(const std::string& out, std::size_t most) {
  return out.size() < most ? most - out.size() : 0;
}

}  // namespace sluice
