#include "runtime/source/canonical.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "messages/ascii.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/source/json_syntax.hpp"

namespace sluice::source {
namespace {

constexpr const char* not_utf8 = "is not valid UTF-8";
constexpr const char* not_json = "is not valid JSON";
constexpr const char* not_a_date = "is not a date between the years 1 and 9999";
constexpr const char* not_a_timestamp = "is not a point in time between the years 1 and 9999";

/// The number of two digits at `at`, or 99 if there are none.
int two(std::string_view text, std::size_t at) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) return 99;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// YYYY-MM-DD, year, month and day at least 1.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0u, 1u, 2u, 3u})
    if (!is_digit(text[i])) return false;
  const int month = two(text, 5), day = two(text, 8);
  return text.substr(0, 4) != "0000" && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/// HH:MM:SS[.f...] within one day; `text` loses the trailing zeros of its fraction.
bool is_time(std::string_view& text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
  if (two(text, 0) > 23 || two(text, 3) > 59 || two(text, 6) > 60) return false;
  if (text.size() == 8) return true;
  if (text[8] != '.' || text.size() == 9) return false;
  for (std::size_t i = 9; i < text.size(); ++i)
    if (!is_digit(text[i])) return false;
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  return true;
}

/// Splits a trailing UTC zone off: Z, +00, +00:00. False if another zone is there.
bool take_utc(std::string_view& text) {
  for (const std::string_view zone : {"Z", "+00:00", "+0000", "+00"}) {
    if (text.ends_with(zone)) {
      text.remove_suffix(zone.size());
      return true;
    }
  }
  return false;
}

/// Date and time with a blank or T between, written with T and `tail` into `room`.
bool to_timestamp(std::string_view text, std::string_view tail, scratch& room,
                  std::string_view& out) {
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T')) return false;
  auto time = text.substr(11);
  if (!is_date(text.substr(0, 10)) || !is_time(time)) return false;
  const std::size_t size = 11 + time.size();
  if (size + tail.size() > room.size()) return false;
  std::memcpy(room.data(), text.data(), size);
  room[10] = 'T';
  std::memcpy(room.data() + size, tail.data(), tail.size());
  out = {room.data(), size + tail.size()};
  return true;
}

/// 8-4-4-4-12 hexadecimal digits, lower-cased into `room`.
bool to_uuid(std::string_view text, scratch& room, std::string_view& out) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) return false;
    room[i] = c;
  }
  out = {room.data(), text.size()};
  return true;
}

/// NaN and the infinities by their canonical names; empty for an ordinary number.
std::string_view special_number(std::string_view text) {
  if (text.empty() || is_digit(text.back()) || text.back() == '.') return {};
  const bool negative = text.front() == '-';
  const char c = text[text.front() == '-' || text.front() == '+' ? 1 : 0];
  if (c == 'i' || c == 'I') return negative ? "-Infinity" : "Infinity";
  if (c == 'n' || c == 'N') return "NaN";
  return {};
}

template <class Float>
std::string_view shortest(std::string_view text, scratch& room) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  const auto written =
      std::to_chars(room.data(), room.data() + room.size(), static_cast<Float>(value));
  return {room.data(), static_cast<std::size_t>(written.ptr - room.data())};
}

/// Without a '+' and leading zeros.
std::string_view plain_integer(std::string_view text) {
  while (text.size() > 1 && (text[0] == '0' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

const char* to_canonical(const column_plan& plan, std::string_view bytes, scratch& room,
                         value_view& out) {
  out = {plan.kind, bytes};
  switch (plan.kind) {
    case value_kind::null:
    case value_kind::binary:
      return nullptr;
    case value_kind::text:
      return is_valid_utf8(bytes) ? nullptr : not_utf8;
    case value_kind::json:
      if (!is_valid_utf8(bytes)) return not_utf8;
      return is_valid_json(bytes) ? nullptr : not_json;
    case value_kind::boolean:
      if (bytes == "1" || bytes == "t") {
        out.bytes = "1";
      } else if (bytes == "0" || bytes == "f") {
        out.bytes = "0";
      } else {
        out.kind = value_kind::integer;  // MariaDB's tinyint(1) may hold any small number
      }
      return nullptr;
    case value_kind::integer:
      out.bytes = plain_integer(bytes);
      return nullptr;
    case value_kind::decimal:
      if (const auto special = special_number(bytes); !special.empty())
        out = {value_kind::real, special};
      return nullptr;
    case value_kind::real:
      if (const auto special = special_number(bytes); !special.empty()) {
        out.bytes = special;
      } else if (plan.single_precision) {
        out.bytes = shortest<float>(bytes, room);
        // The shortest text of the largest float lies past it, where MariaDB takes it no more.
        if (out.bytes == "3.4028235e+38") out.bytes = "3.4028234663852886e+38";
        if (out.bytes == "-3.4028235e+38") out.bytes = "-3.4028234663852886e+38";
      }
      return nullptr;
    case value_kind::date:
      return is_date(bytes) ? nullptr : not_a_date;
    case value_kind::time:
      if (is_time(out.bytes)) return nullptr;
      out = {value_kind::text, bytes};  // MariaDB's spans of up to 838 hours, PostgreSQL's 24:00:00
      return is_valid_utf8(bytes) ? nullptr : not_utf8;
    case value_kind::timestamp:
      return to_timestamp(bytes, "", room, out.bytes) ? nullptr : not_a_timestamp;
    case value_kind::timestamp_tz: {
      auto text = bytes;
      take_utc(text);  // MariaDB names no zone; the session's is UTC
      return to_timestamp(text, "Z", room, out.bytes) ? nullptr : not_a_timestamp;
    }
    case value_kind::uuid:
      if (to_uuid(bytes, room, out.bytes)) return nullptr;
      out = {value_kind::text, bytes};
      return is_valid_utf8(bytes) ? nullptr : not_utf8;
  }
  return nullptr;
}

const char* to_canonical_dynamic(const column_plan& plan, const raw_cell& cell, scratch& room,
                                 value_view& out) {
  const auto bytes = cell.bytes;
  out = {cell.kind, bytes};
  switch (cell.kind) {
    case value_kind::integer:
      if (plan.kind == value_kind::boolean && (bytes == "0" || bytes == "1"))
        out.kind = value_kind::boolean;
      // A column declared JSON has NUMERIC affinity: SQLite made an integer of the text '1'.
      if (plan.kind == value_kind::decimal || plan.kind == value_kind::json) out.kind = plan.kind;
      return nullptr;
    case value_kind::real:
      if (const auto special = special_number(bytes); !special.empty()) {
        out.bytes = special;
        return nullptr;
      }
      out.bytes = shortest<double>(bytes, room);
      if (plan.kind == value_kind::decimal || plan.kind == value_kind::json) out.kind = plan.kind;
      return nullptr;
    case value_kind::text:
      break;
    default:
      return nullptr;
  }
  if (!is_valid_utf8(bytes)) return not_utf8;
  switch (plan.kind) {
    case value_kind::json:
      out.kind = value_kind::json;
      return is_valid_json(bytes) ? nullptr : not_json;
    case value_kind::boolean:
      if (const auto word = bytes.size() <= 5 ? odbc::lower(bytes) : std::string();
          word == "true" || word == "false")
        out = {value_kind::boolean, word == "true" ? "1" : "0"};
      return nullptr;
    case value_kind::date:
      if (is_date(bytes)) out.kind = value_kind::date;
      return nullptr;
    case value_kind::time: {
      auto time = bytes;
      if (is_time(time)) out = {value_kind::time, time};
      return nullptr;
    }
    case value_kind::timestamp: {
      auto text = bytes;
      const bool utc = take_utc(text);
      if (to_timestamp(text, utc ? "Z" : "", room, out.bytes))
        out.kind = utc ? value_kind::timestamp_tz : value_kind::timestamp;
      return nullptr;
    }
    case value_kind::uuid:
      if (to_uuid(bytes, room, out.bytes)) out.kind = value_kind::uuid;
      return nullptr;
    default:
      return nullptr;
  }
}

}  // namespace sluice::source
