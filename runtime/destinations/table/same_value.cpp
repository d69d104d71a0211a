#include "runtime/destinations/table/same_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace sluice::destinations {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Digits without zeros at either end, and the power of ten that they are multiplied by: `-12e3`.
/// Nothing if `text` is no number.
std::optional<std::string> exact_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t power = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto exponent = text.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    if (error != std::errc() || end != exponent.data() + exponent.size()) return std::nullopt;
    text = text.substr(0, e);
  }
  const auto point = std::min(text.find('.'), text.size());
  const auto fraction = text.substr(std::min(point + 1, text.size()));
  std::string digits(text.substr(0, point));
  digits += fraction;
  if (digits.empty() || !all_digits(digits)) return std::nullopt;
  power -= static_cast<std::int64_t>(fraction.size());
  const auto last = digits.find_last_not_of('0');
  if (last == std::string::npos) return "0";
  power += static_cast<std::int64_t>(digits.size() - last - 1);
  digits = digits.substr(0, last + 1);
  digits.erase(0, digits.find_first_not_of('0'));
  return fmt::format("{}{}e{}", negative ? "-" : "", digits, power);
}

std::optional<std::string> double_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return fmt::format("{}", number == 0 ? 0.0 : number);
}

std::optional<std::string> truth(std::string_view text) {
  const auto word = lower(text);
  if (word == "1" || word == "t" || word == "true") return "1";
  if (word == "0" || word == "f" || word == "false") return "0";
  return std::nullopt;
}

std::string_view without_utc(std::string_view time) {
  for (const std::string_view zone : {" UTC", "Z", "+00:00", "+0000", "+00"})
    if (time.ends_with(zone)) return time.substr(0, time.size() - zone.size());
  return time;
}

/// `HH:MM:SS` with the digits of its fraction that say something.
std::string shortest_time(std::string_view time) {
  time = without_utc(time);
  const auto point = time.find('.');
  if (point == std::string_view::npos) return std::string(time);
  const auto last = time.find_last_not_of('0');
  return std::string(time.substr(0, last == point ? point : last + 1));
}

std::string point_in_time(std::string_view text) {
  constexpr std::size_t date_size = 10;
  const bool timed = text.size() > date_size && (text[date_size] == ' ' || text[date_size] == 'T');
  if (!timed) return std::string(text);
  const auto time = shortest_time(text.substr(date_size + 1));
  const auto date = std::string(text.substr(0, date_size));
  return time == "00:00:00" ? date : date + " " + time;
}

std::string plain_uuid(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  return lower(text);
}

/// JSON's tokens, with nothing between them.
std::string tokens(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out += json[++i];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

}  // namespace

std::string normal_value(value_kind kind, std::string_view text) {
  switch (kind) {
    case value_kind::boolean:
      return truth(text).value_or(std::string(text));
    case value_kind::integer:
    case value_kind::decimal:
      return exact_number(text).value_or(std::string(text));
    case value_kind::real:
      return double_number(text).value_or(std::string(text));
    case value_kind::date:
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return point_in_time(text);
    case value_kind::time:
      return shortest_time(text);
    case value_kind::uuid:
      return plain_uuid(text);
    case value_kind::json:
      return tokens(text);
    case value_kind::null:
    case value_kind::text:
    case value_kind::binary:
      return std::string(text);
  }
  return std::string(text);
}

bool is_same_value(value_view sent, const std::optional<std::string_view>& read) {
  if (sent.kind == value_kind::null || !read) return sent.kind == value_kind::null && !read;
  return sent.bytes == *read ||
         normal_value(sent.kind, sent.bytes) == normal_value(sent.kind, *read);
}

}  // namespace sluice::destinations
