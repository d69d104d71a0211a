#include "runtime/destinations/table/same_value.hpp"

#include <fmt/format.h>

#include <charconv>

#include "runtime/mapping/uuid_text.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::destinations {
namespace {

/// `text` as a number in its only canonical spelling; nothing if it is no number.
std::optional<std::string> plain_number(std::string_view text) {
  std::string out;
  if (!values::canonical_number(text, out)) return std::nullopt;
  return out;
}

std::optional<std::string> double_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return fmt::format("{}", number == 0 ? 0.0 : number);
}

std::optional<std::string> truth(std::string_view text) {
  const auto word = odbc::lower(text);
  if (word == "1" || word == "t" || word == "true") return "1";
  if (word == "0" || word == "f" || word == "false") return "0";
  return std::nullopt;
}

std::string_view without_utc(std::string_view time) {
  for (const std::string_view zone : {" UTC", "Z", "+00:00", "+0000", "+00"})
    if (time.ends_with(zone)) return time.substr(0, time.size() - zone.size());
  return time;
}

/// `HH:MM:SS` with its fraction, without zeros at the end.
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
  const auto digits = mapping::canonical_uuid(text);
  return digits ? std::string(digits->begin(), digits->end()) : std::string(text);
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
      return plain_number(text).value_or(std::string(text));
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
