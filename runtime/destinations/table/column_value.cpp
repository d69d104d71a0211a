#include "runtime/destinations/table/column_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/destinations/table/text_forms.hpp"
#include "runtime/destinations/table/time_text.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/values/exact_number.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::destinations {
namespace {

template <class Number>
bool parses_as(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// A quick test for almost all numbers: true if there are clearly no more than `scale` digits
/// behind the point.
bool clearly_fits_scale(value_view number, int scale) {
  if (scale < 0) return false;
  if (number.kind == value_kind::integer || number.kind == value_kind::boolean) return true;
  const auto text = number.bytes;
  if (text.find('e') != std::string_view::npos || text.find('E') != std::string_view::npos)
    return false;
  const auto point = text.find('.');
  if (point == std::string_view::npos) return true;
  return scale > 0 && text.size() - point - 1 <= static_cast<std::size_t>(scale);
}

/// Digits behind the point of a canonical time of day; -1 for second 60, which PostgreSQL takes for
/// the next minute.
int fraction_digits(std::string_view time) {
  constexpr std::size_t second = 6, point = 8;  // HH:MM:SS.f
  if (time.size() > second && time[second] == '6') return -1;
  return time.size() > point ? static_cast<int>(time.size() - point - 1) : 0;
}

std::string_view time_of_day(value_view value) {
  constexpr std::size_t behind_date = 11;
  auto time = value.bytes;
  if (value.kind != value_kind::time) time.remove_prefix(std::min(behind_date, time.size()));
  if (time.ends_with('Z')) time.remove_suffix(1);
  return time;
}

bool is_timestamp(value_kind kind) {
  return kind == value_kind::timestamp || kind == value_kind::timestamp_tz;
}

/// The end of time, which PostgreSQL knows; it reads back as the same text.
bool is_infinity(odbc::product product, value_view value) {
  return product == odbc::product::postgresql &&
         (value.bytes == "infinity" || value.bytes == "-infinity");
}

constexpr std::string_view leap_second = "holds no second 60";

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
  return convert_for(column, value);
}

bool column_converter::convert_for(const target_column& column, value_view& value) {
  if (column.family == column_family::binary)
    return refuse(column, "holds binary data, the value is text");
  if (column.family == column_family::text) return convert_text(column, value);
  if (product_ != odbc::product::postgresql && is_nonfinite(value)) {
    ++nonfinite_;
    value = {};
    return true;
  }
  switch (product_) {
    case odbc::product::postgresql:
    case odbc::product::mariadb:
      return convert_by_family(column, value);
    case odbc::product::sqlite:
      return convert_for_sqlite(column, value);
    case odbc::product::generic:
      break;
  }
  if (is_timestamp(value.kind)) use_blank_for_t(value);
  return true;
}

bool column_converter::convert_by_family(const target_column& column, value_view& value) {
  switch (column.family) {
    case column_family::number:
      return convert_number(column, value);
    case column_family::money:
      return convert_money(column, value);
    case column_family::bits:
      return convert_bits(column, value);
    case column_family::bit_string:
      return check_bit_string(column, value);
    case column_family::date:
      return check_date(column, value);
    case column_family::time:
    case column_family::timestamp:
      return convert_time(column, value);
    case column_family::interval:
      return check_interval(column, value);
    case column_family::json:
      if (value.kind == value_kind::boolean) value.bytes = value.bytes == "1" ? "true" : "false";
      return true;
    case column_family::any:
      if (column.element) return check_elements(column, value);
      if (product_ == odbc::product::mariadb && is_timestamp(value.kind)) use_blank_for_t(value);
      return true;
    case column_family::boolean:
      return check_boolean(column, value);
    case column_family::uuid:
      return check_uuid(column, value);
    case column_family::text:
    case column_family::binary:
      return true;
  }
  return true;
}

// -- texts ----------------------------------------------------------------------------------------

bool column_converter::convert_text(const target_column& column, value_view& value) {
  if (value.kind == value_kind::boolean) value.bytes = value.bytes == "1" ? "true" : "false";
  if (!column.labels.empty()) {
    const bool known = column.is_set ? is_set_of(column.labels, value.bytes)
                                     : std::find(column.labels.begin(), column.labels.end(),
                                                 value.bytes) != column.labels.end();
    // MariaDB takes other texts for a label in different case or, if they are digits, for a label's
    // number.
    return known ||
           refuse(column, column.is_set ? "holds some of its labels, in their order and spelling"
                                        : "holds one of its labels, in their spelling");
  }
  if (!column.length || value.bytes.size() <= static_cast<std::size_t>(*column.length)) return true;
  auto text = value.bytes;
  if (column.pads) text = text.substr(0, text.find_last_not_of(' ') + 1);
  const auto size = column.length_in_bytes ? text.size() : count_characters(text);
  if (size <= static_cast<std::size_t>(*column.length)) return true;
  // Surplus blanks would be cut without an error.
  return refuse(column, fmt::format("holds {} {}, the value has {}", *column.length,
                                    column.length_in_bytes ? "bytes" : "characters", size));
}

bool column_converter::check_bit_string(const target_column& column, value_view value) {
  const bool one_bit = column.length == 1 && (value.bytes == "0" || value.bytes == "1");
  return one_bit || (value.kind == value_kind::text && is_bit_string(value.bytes)) ||
         refuse(column, "holds bits, which a text of zeros and ones gives");
}

bool column_converter::check_boolean(const target_column& column, value_view value) {
  return value.kind == value_kind::boolean ||
         ((value.kind == value_kind::text || value.kind == value_kind::integer) &&
          is_boolean_word(value.bytes)) ||
         refuse(column, "holds true and false");
}

bool column_converter::check_uuid(const target_column& column, value_view value) {
  return value.kind == value_kind::uuid ||
         (value.kind == value_kind::text && is_uuid(value.bytes)) ||
         refuse(column, "holds UUIDs of 32 hexadecimal digits");
}

/// Elements of numbers may have an exponent, as floats do.
bool column_converter::check_elements(const target_column& column, value_view value) {
  if (!value.bytes.starts_with('{') && !value.bytes.starts_with('['))
    return refuse(column, "holds arrays, such as {1,2}");
  const auto kind =
      column.element->family == column_family::number ? value_kind::decimal : value_kind::text;
  for (const auto& element : array_elements(value.bytes)) {
    value_view checked{kind, element};
    if (!convert_for(*column.element, checked)) return false;
  }
  return true;
}

// -- numbers --------------------------------------------------------------------------------------

bool column_converter::convert_number(const target_column& column, value_view& value) {
  switch (value.kind) {
    case value_kind::boolean:
    case value_kind::integer:
      break;
    case value_kind::decimal:
    case value_kind::real:
      if (is_nonfinite(value)) return column.scale != 0 || refuse(column, "holds whole numbers");
      break;
    case value_kind::text:
      if (values::is_plain_number(value.bytes)) break;
      return refuse(column, "holds numbers, the text is none in plain form, such as -12.5");
    default:
      return refuse_kind(column, "numbers", value);
  }
  if (column.year_digits > 0) return fit_year(column, value);
  if (column.wraps_negative && value.bytes.starts_with('-'))
    return refuse(column, "holds no number below zero");
  if (!fit_scale(column, value)) return false;
  if (column.single_precision)
    return values::float_keeps(value.bytes) ||
           refuse(column, "keeps 4-byte floats, which lose digits of the value");
  if (column.double_precision && value.kind != value_kind::real)
    return values::double_keeps(value.bytes) ||
           refuse(column, "keeps 8-byte floats, which lose digits of the value");
  return true;
}

bool column_converter::fit_scale(const target_column& column, value_view& value) {
  if (!column.scale || clearly_fits_scale(value, *column.scale)) return true;
  const auto number = values::exact_number::read(value.bytes);
  if (!number) return refuse(column, "holds numbers, the value is none");
  if (!number->digits.empty() && number->decimal_places() > *column.scale)
    return refuse(column, *column.scale < 0
                              ? fmt::format("keeps no digits of the last {}", -*column.scale)
                              : fmt::format("keeps {} decimal places, the value has {}",
                                            *column.scale, number->decimal_places()));
  // A number longer than any column is left as it is; the database refuses it.
  constexpr std::int64_t most_zeros = 100;
  if (*column.scale == 0 && number->exponent <= most_zeros)
    value.bytes = texts_.keep(number->whole());
  return true;
}

/// MariaDB takes the texts 0 to 99 for years of a century: 1 for 2001.
bool column_converter::fit_year(const target_column& column, value_view& value) {
  if (!fit_scale(column, value)) return false;
  int year = 0;
  const bool whole = parses_as(value.bytes, year);
  if (column.year_digits == 2)
    return (whole && year >= 0 && year <= 99) || refuse(column, "holds years of two digits");
  if (!whole || (year != 0 && (year < 1901 || year > 2155)))
    return refuse(column, "holds the years 1901 to 2155, and 0");
  if (year == 0) value.bytes = "0000";
  return true;
}

bool column_converter::convert_money(const target_column& column, value_view& value) {
  if (!column.scale)
    return refuse(column,
                  "is money, which the locale of the database (lc_monetary) reads and writes other "
                  "than -$1,234.50: declare it numeric");
  if (value.kind == value_kind::text)
    return is_dollars(value.bytes) || refuse(column, "holds money, such as -$1,234.50");
  return convert_number(column, value);
}

bool column_converter::convert_bits(const target_column& column, value_view& value) {
  std::uint64_t number = 0;
  if (!values::is_plain_number(value.bytes) || !parses_as(value.bytes, number))
    return refuse(column, "holds bits, the value is none");
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    if (const auto byte = static_cast<char>(number >> shift & 0xff); byte != 0 || !bytes.empty())
      bytes.push_back(byte);
  if (bytes.empty()) bytes.push_back('\0');
  value = {value_kind::binary, texts_.keep(bytes)};
  return true;
}

// -- dates and times ------------------------------------------------------------------------------

bool column_converter::check_date(const target_column& column, value_view value) {
  if (value.kind == value_kind::date) return true;
  if (value.kind != value_kind::text) return refuse_kind(column, "dates", value);
  const auto read = time_text::read(value.bytes);
  return (read && read->time.empty()) || is_infinity(product_, value) ||
         refuse(column, "holds dates, the text is none in the form 2026-01-31");
}

bool column_converter::check_interval(const target_column& column, value_view value) {
  if (column.drops_fields)
    return refuse(column, "keeps some fields of an interval only: declare it interval");
  if (value.kind == value_kind::text || value.kind == value_kind::time)
    return is_interval(value.bytes, column.second_digits) ||
           refuse(column, fmt::format("holds intervals with units, and {} digits of a second",
                                      column.second_digits));
  return refuse_kind(column, "intervals", value);
}

bool column_converter::convert_time(const target_column& column, value_view& value) {
  const bool dated = column.family == column_family::timestamp;
  if (value.kind == value_kind::text) return convert_time_text(column, value);
  if (dated && value.kind == value_kind::date) return true;
  if (dated ? !is_timestamp(value.kind) : value.kind != value_kind::time)
    return refuse_kind(column, dated ? "dates with times" : "times of day", value);
  constexpr int most_digits = 6;  // in any column; the layout warns if a column has fewer
  const auto digits = fraction_digits(time_of_day(value));
  if (digits < 0) return refuse(column, leap_second);
  if (digits > most_digits)
    return refuse(
        column, fmt::format("keeps {} digits of a second, the value has {}", most_digits, digits));
  if (product_ == odbc::product::mariadb && dated) use_blank_for_t(value);
  return true;
}

bool column_converter::convert_time_text(const target_column& column, value_view& value) {
  const bool dated = column.family == column_family::timestamp;
  const bool mariadb = product_ == odbc::product::mariadb;
  if (dated && is_infinity(product_, value)) return true;
  const auto read = time_text::read(value.bytes);
  const bool has_parts = read && read->date.empty() != dated && (dated || !read->time.empty());
  // MariaDB's TIME is also a span.
  if (!has_parts || (!read->time.empty() && !read->is_time_of_day() && (dated || !mariadb)))
    return refuse(column, dated ? "holds dates with times, the text is none in the form "
                                  "2026-01-31 09:00:00"
                                : "holds times, the text is none in the form 09:00:00");
  if (read->has_leap_second()) return refuse(column, leap_second);
  if (read->fraction.size() > static_cast<std::size_t>(column.second_digits))
    return refuse(column, fmt::format("keeps {} digits of a second, the value has {}",
                                      column.second_digits, read->fraction.size()));
  if (!read->zone.empty() && !column.has_zone && !(dated && read->is_utc()))
    return refuse(column, dated ? "holds times in UTC, the text is in another zone"
                                : "holds times without a zone, the text has one");
  if (dated && mariadb && !read->time.empty())
    value.bytes = texts_.keep(fmt::format("{} {}{}{}", read->date, read->time,
                                          read->fraction.empty() ? "" : ".", read->fraction));
  return true;
}

/// 2026-01-31T09:00:00Z becomes 2026-01-31 09:00:00.
void column_converter::use_blank_for_t(value_view& value) {
  std::string text(value.bytes);
  if (text.ends_with('Z')) text.pop_back();
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  value.bytes = texts_.keep(text);
}

// -- SQLite ---------------------------------------------------------------------------------------

bool column_converter::convert_for_sqlite(const target_column& column, value_view& value) {
  if (value.kind == value_kind::boolean) value.kind = value_kind::integer;
  // The form of SQLite's own datetime(), so that texts compare with what SQL functions return.
  if (is_timestamp(value.kind)) use_blank_for_t(value);
  if (column.makes_numbers) return convert_number_for_sqlite(column, value);
  // Bound as a number, SQLite would write it as text with 15 digits.
  if (column.makes_texts && value.kind == value_kind::real) value.kind = value_kind::text;
  return true;
}

bool column_converter::convert_number_for_sqlite(const target_column& column, value_view& value) {
  std::int64_t whole = 0;
  switch (value.kind) {
    case value_kind::integer:
      if (!parses_as(value.bytes, whole))
        return refuse(column, "holds whole numbers of 64 bits, the value is larger");
      break;
    case value_kind::decimal:
      if (!column.double_precision && parses_as(value.bytes, whole)) return true;
      if (!values::double_keeps(value.bytes))
        return refuse(column, "would keep an 8-byte float of the value: declare it TEXT");
      // Bound as the nearest double; SQLite's own conversion may differ.
      value.kind = value_kind::real;
      return true;
    case value_kind::json:
      if (!values::take_apart(values::trim_blanks(value.bytes))) return true;
      value.kind = value_kind::decimal;
      return convert_number_for_sqlite(column, value);
    case value_kind::text:
      // SQLite takes a text with blanks around a number for a number, too.
      if (!values::take_apart(values::trim_blanks(value.bytes))) return true;
      if (!parses_as(value.bytes, whole) || std::to_string(whole) != value.bytes)
        return refuse(column, "would turn the text into a number: declare it TEXT");
      break;
    default:
      return true;
  }
  return !column.double_precision || values::double_keeps(value.bytes) ||
         refuse(column, "keeps 8-byte floats, which lose digits of the value");
}

// -- problems -------------------------------------------------------------------------------------

bool column_converter::refuse(const target_column& column, std::string_view why) {
  problem_ = fmt::format("the column '{}' {}", column.name, why);
  return false;
}

bool column_converter::refuse_kind(const target_column& column, std::string_view holds,
                                   value_view value) {
  return refuse(column,
                fmt::format("holds {}, the value is of type {}", holds, to_string(value.kind)));
}

}  // namespace sluice::destinations
