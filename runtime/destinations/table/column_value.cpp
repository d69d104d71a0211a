#include "runtime/destinations/table/column_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/destinations/json_text.hpp"

namespace sluice::destinations {
namespace {

template <class Number>
bool parses_as(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// Digits of a number text that carry its value: without the exponent and without zeros in front,
/// and, behind the point, at the end.
std::size_t significant_digits(std::string_view number) {
  number = number.substr(0, number.find_first_of("eE"));
  const auto first = number.find_first_of("123456789");
  if (first == std::string_view::npos) return 0;
  const auto last = number.find_last_of("123456789");
  const auto digits = number.substr(first, last - first + 1);
  return digits.size() - static_cast<std::size_t>(std::count(digits.begin(), digits.end(), '.'));
}

/// Digits behind the point that are not just trailing zeros. An exponent hides them: then -1.
int decimal_places(std::string_view number) {
  if (number.find_first_of("eE") != std::string_view::npos) return -1;
  const auto point = number.find('.');
  if (point == std::string_view::npos) return 0;
  const auto last = number.find_last_of("123456789");
  return last == std::string_view::npos || last < point ? 0 : static_cast<int>(last - point);
}

/// What SQLite's numeric affinity would take for a number.
bool looks_like_number(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r\f\v");
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(" \t\n\r\f\v") - first + 1);
  std::string ignored;
  return append_json_number(ignored, text);
}

/// Whether the text is how a double is written, in the shortest form or with 17 digits: then SQLite
/// stores that double, and nothing is lost.
bool names_a_double(std::string_view text) {
  double number = 0;
  return parses_as(text, number) &&
         (fmt::format("{}", number) == text || fmt::format("{:.17g}", number) == text);
}

bool is_timestamp(value_kind kind) {
  return kind == value_kind::timestamp || kind == value_kind::timestamp_tz;
}

}  // namespace

column_converter::column_converter(odbc::product product, std::vector<target_column> columns)
    : product_(product), columns_(std::move(columns)) {}

bool column_converter::convert(std::size_t position, value_view& value) {
  if (value.kind == value_kind::null) return true;
  const auto& column = columns_[position];
  if (value.kind == value_kind::binary) {
    if (column.family == column_family::binary || column.family == column_family::any) return true;
    return refuse(column, "cannot hold binary data");
  }
  if (value.bytes.find('\0') != std::string_view::npos)
    return refuse(column, "cannot hold a text with a NUL character");
  if (column.family == column_family::binary)
    return refuse(column, "holds binary data, the value is text");
  if (column.family == column_family::text) {
    if (value.kind == value_kind::boolean) value.bytes = value.bytes == "1" ? "true" : "false";
    return true;
  }
  if (product_ == odbc::product::postgresql) return check_scale(column, value);
  if (is_nonfinite(value)) {
    ++nonfinite_;
    value = {};
    return true;
  }
  switch (product_) {
    case odbc::product::mariadb:
      return convert_for_mariadb(column, value);
    case odbc::product::sqlite:
      return convert_for_sqlite(column, value);
    case odbc::product::postgresql:
    case odbc::product::generic:
      break;
  }
  if (is_timestamp(value.kind)) use_blank_for_t(value);
  return true;
}

bool column_converter::convert_for_mariadb(const target_column& column, value_view& value) {
  if (column.family == column_family::bits) {
    std::uint64_t number = 0;
    if (!parses_as(value.bytes, number)) return refuse(column, "holds bits, the value is none");
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
      if (const auto byte = static_cast<char>(number >> shift & 0xff); byte != 0 || !bytes.empty())
        bytes.push_back(byte);
    if (bytes.empty()) bytes.push_back('\0');
    value = {value_kind::binary, texts_.keep(bytes)};
    return true;
  }
  if (is_timestamp(value.kind)) use_blank_for_t(value);
  return check_scale(column, value);
}

bool column_converter::convert_for_sqlite(const target_column& column, value_view& value) {
  if (value.kind == value_kind::boolean) value.kind = value_kind::integer;
  // The form of SQLite's own datetime(), so that texts compare with what SQL functions return.
  if (is_timestamp(value.kind)) use_blank_for_t(value);
  if (!column.makes_numbers) return true;
  std::int64_t whole = 0;
  switch (value.kind) {
    case value_kind::integer:
      return parses_as(value.bytes, whole) ||
             refuse(column, "holds whole numbers of 64 bits, the value is larger");
    case value_kind::decimal: {
      constexpr std::size_t exact_digits = 15;  // of any decimal in a double
      return parses_as(value.bytes, whole) || significant_digits(value.bytes) <= exact_digits ||
             names_a_double(value.bytes) ||
             refuse(column, "would keep 15 digits of the value: declare it TEXT");
    }
    case value_kind::text:
      return !looks_like_number(value.bytes) ||
             (parses_as(value.bytes, whole) && std::to_string(whole) == value.bytes) ||
             refuse(column, "would turn the text into a number: declare it TEXT");
    default:
      return true;
  }
}

bool column_converter::check_scale(const target_column& column, value_view value) {
  if (!column.scale || value.kind != value_kind::decimal) return true;
  const auto places = decimal_places(value.bytes);
  if (places <= *column.scale) return true;
  return refuse(column,
                fmt::format("keeps {} decimal places, the value has {}", *column.scale, places));
}

bool column_converter::refuse(const target_column& column, std::string_view why) {
  problem_ = fmt::format("the column '{}' {}", column.name, why);
  return false;
}

/// 2026-01-31T09:00:00Z becomes 2026-01-31 09:00:00.
void column_converter::use_blank_for_t(value_view& value) {
  std::string text(value.bytes);
  if (text.ends_with('Z')) text.pop_back();
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  value.bytes = texts_.keep(text);
}

}  // namespace sluice::destinations
