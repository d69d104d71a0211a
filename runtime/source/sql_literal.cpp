#include "runtime/source/sql_literal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "messages/hex.hpp"

namespace sluice::source {
namespace {

using odbc::product;

/// `'text'` with quotes doubled, and nothing else: standard SQL.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out += '\'';
}

/// A literal of bytes, in which nothing needs an escape.
std::string hex(std::string_view bytes) { return "X'" + to_hex(bytes) + "'"; }

std::string mariadb_text(std::string_view text) { return "_utf8mb4 " + hex(text); }

bool is_number(value_kind kind) {
  return kind == value_kind::integer || kind == value_kind::decimal || kind == value_kind::real ||
         kind == value_kind::boolean;
}

// -- PostgreSQL -----------------------------------------------------------------------------------

/// The literal has no type yet and takes the column's. Backslashes are doubled in a string of the
/// form E'', which does not depend on standard_conforming_strings. PostgreSQL has no texts with
/// NUL, and the driver would cut the literal there.
std::optional<std::string> postgresql_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (text.find('\\') == std::string_view::npos) return in_quotes(text);
  std::string doubled;
  for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
  return "E" + in_quotes(doubled);
}

// -- points in time -------------------------------------------------------------------------------

/// The canonical `2026-01-31T09:00:00.5Z` as SQL writes it: with a blank and without a zone (the
/// session's is UTC).
std::string plain_time(std::string_view canonical) {
  std::string out(canonical.substr(
      0, canonical.ends_with('Z') ? canonical.size() - 1 : std::string_view::npos));
  if (out.size() > 10 && out[10] == 'T') out[10] = ' ';
  return out;
}

/// All spellings of a fraction of a second, with their dots: zeros at the end do not change the
/// value.
std::vector<std::string> fractions(std::string_view fraction) {
  constexpr std::size_t most_digits = 9;
  std::vector<std::string> out{std::string(fraction)};
  std::string longer(fraction.empty() ? "." : fraction);
  while (longer.size() < most_digits + 1) out.push_back(longer += '0');
  return out;
}

/// The texts that are read as this time or point in time; see to_canonical_dynamic.
std::vector<std::string> spellings(value_kind kind, std::string_view canonical) {
  const bool zoned = kind == value_kind::timestamp_tz;
  const auto whole = zoned ? canonical.substr(0, canonical.size() - 1) : canonical;
  const std::size_t seconds_end = kind == value_kind::time ? 8 : 19;
  std::vector<std::string> zones{""};
  if (zoned) zones = {"Z", "+00:00", "+0000", "+00"};
  std::vector<std::string> out;
  for (const auto& fraction : fractions(whole.substr(seconds_end)))
    for (const auto& zone : zones) {
      auto text = std::string(whole.substr(0, seconds_end)) + fraction + zone;
      out.push_back(text);
      if (kind == value_kind::time) continue;
      text[10] = ' ';
      out.push_back(std::move(text));
    }
  return out;
}

/// The number that `text` spells in digits; nothing if it has any other character.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size() && value >= 0;
  return all ? std::optional(value) : std::nullopt;
}

/// `value` in decimal, filled with zeros to `Width` places.
template <std::size_t Width>
std::string padded(int value) {
  auto text = std::to_string(value);
  return text.insert(0, Width - std::min(Width, text.size()), '0');
}

std::optional<std::string> earlier_text(std::string_view text, std::chrono::milliseconds by) {
  namespace chr = std::chrono;
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = digits(text.substr(0, 4)), m = digits(text.substr(5, 2)),
             d = digits(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const chr::year_month_day day{chr::year(*y), chr::month(static_cast<unsigned>(*m)),
                                chr::day(static_cast<unsigned>(*d))};
  if (!day.ok() || *y == 0) return std::nullopt;
  chr::sys_seconds at = chr::sys_days(day);
  const bool timed = text.size() > 10;
  if (timed) {
    if (text.size() < 19 || text[13] != ':' || text[16] != ':') return std::nullopt;
    const auto hour = digits(text.substr(11, 2)), minute = digits(text.substr(14, 2)),
               second = digits(text.substr(17, 2));
    if (!hour || !minute || !second) return std::nullopt;
    at += chr::hours(*hour) + chr::minutes(*minute) + chr::seconds(*second);
  }
  constexpr chr::sys_seconds first = chr::sys_days(chr::year(1) / 1 / 1);
  at = std::max(at - chr::ceil<chr::seconds>(by), first);
  const auto date = chr::floor<chr::days>(at);
  const chr::year_month_day back(date);
  auto out = padded<4>(static_cast<int>(back.year())) + "-" +
             padded<2>(static_cast<int>(static_cast<unsigned>(back.month()))) + "-" +
             padded<2>(static_cast<int>(static_cast<unsigned>(back.day())));
  if (!timed) return out;
  const chr::hh_mm_ss time(at - date);
  const auto part = [](auto count) { return padded<2>(static_cast<int>(count.count())); };
  out += text[10] + part(time.hours()) + ":" + part(time.minutes()) + ":" + part(time.seconds());
  // Its fraction and zone stay as they are.
  return out.append(text.substr(19));
}

// -- SQLite ---------------------------------------------------------------------------------------

std::string sqlite_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos ? in_quotes(text)
                                                   : "CAST(" + hex(text) + " AS TEXT)";
}

/// A number that is too large for a double reads as infinity.
std::string sqlite_number(std::string_view text) {
  if (text == "Infinity") return "9e999";
  if (text == "-Infinity") return "-9e999";
  return std::string(text);
}

std::vector<std::string> sqlite_key_literals(value_view value) {
  const auto bytes = value.bytes;
  switch (value.kind) {
    case value_kind::integer:
    case value_kind::decimal:
    case value_kind::real:
      return {sqlite_number(bytes)};
    case value_kind::boolean:
      return {std::string(bytes), bytes == "1" ? "'true'" : "'false'"};
    case value_kind::binary:
      return {hex(bytes)};
    case value_kind::json: {
      std::vector<std::string> out{sqlite_text(bytes)};
      // A column declared JSON has made a number of a text that looks like one.
      if (double number = 0;
          std::from_chars(bytes.data(), bytes.data() + bytes.size(), number).ptr ==
          bytes.data() + bytes.size())
        out.emplace_back(bytes);
      return out;
    }
    case value_kind::time:
    case value_kind::timestamp:
    case value_kind::timestamp_tz: {
      std::vector<std::string> out;
      for (const auto& text : spellings(value.kind, bytes)) out.push_back(in_quotes(text));
      return out;
    }
    default:
      return {sqlite_text(bytes)};
  }
}

// -- MariaDB --------------------------------------------------------------------------------------

std::string mariadb_key_literal(const column_plan& plan, value_view value) {
  switch (value.kind) {
    case value_kind::integer:
    case value_kind::decimal:
    case value_kind::boolean:
      return std::string(value.bytes);
    case value_kind::real: {
      if (!plan.single_precision) return std::string(value.bytes);
      // MariaDB compares a FLOAT as a double, which has more digits than the FLOAT shows.
      float number = 0;
      std::from_chars(value.bytes.data(), value.bytes.data() + value.bytes.size(), number);
      std::array<char, 32> room{};
      const auto written =
          std::to_chars(room.data(), room.data() + room.size(), static_cast<double>(number));
      return {room.data(), written.ptr};
    }
    case value_kind::binary:
      return hex(value.bytes);
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return in_quotes(plain_time(value.bytes));
    default:
      return mariadb_text(value.bytes);
  }
}

// -- other databases ------------------------------------------------------------------------------

/// Letters, digits and signs that mean themselves within `'…'` to every database and driver.
bool is_plain(std::string_view text) {
  constexpr std::string_view meaningful = "'\\?{}";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return c >= ' ' && c <= '~' && meaningful.find(c) == std::string_view::npos;
  });
}

bool is_digits_only(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

/// Never the escape clauses of ODBC ({ts '…'}): some drivers pass them on as they are.
std::optional<std::string> generic_literal(value_kind kind, std::string_view text) {
  if (is_number(kind))
    return is_digits_only(text) ? std::optional(std::string(text)) : std::nullopt;
  if (kind == value_kind::binary || !is_plain(text)) return std::nullopt;
  switch (kind) {
    case value_kind::date:
      return "DATE " + in_quotes(text);
    case value_kind::time:
      return "TIME " + in_quotes(text);
    case value_kind::timestamp:
    case value_kind::timestamp_tz:
      return "TIMESTAMP " + in_quotes(plain_time(text));
    default:
      return in_quotes(text);
  }
}

/// One literal or none.
std::vector<std::string> listed(std::optional<std::string> literal) {
  if (!literal) return {};
  return {std::move(*literal)};
}

}  // namespace

std::string cursor_text(product kind, const column_plan& plan) {
  switch (kind) {
    case product::postgresql:
      return "(" + plan.column + ")::text";
    case product::sqlite:
      return "quote(" + plan.column + ")";
    case product::mariadb:
    case product::generic:
      break;
  }
  return plan.expression;
}

std::optional<std::string> cursor_literal(product kind, const column_plan& plan,
                                          std::string_view printed) {
  switch (kind) {
    case product::postgresql:
      return postgresql_text(printed);
    case product::sqlite:
      return std::string(printed);
    case product::mariadb:
      return is_number(plan.kind) ? std::string(printed) : mariadb_text(printed);
    case product::generic:
      break;
  }
  return generic_literal(plan.kind, printed);
}

std::optional<std::string> earlier(product kind, std::string_view printed,
                                   std::chrono::milliseconds by) {
  if (kind != product::sqlite) return earlier_text(printed, by);
  if (printed.size() < 2 || printed.front() != '\'') return std::nullopt;
  const auto text = earlier_text(printed.substr(1, printed.size() - 2), by);
  return text ? std::optional("'" + *text + "'") : std::nullopt;
}

std::string key_column(product kind, const column_plan& plan) {
  const bool any_case = plan.kind == value_kind::uuid || plan.kind == value_kind::boolean;
  return kind == product::sqlite && any_case ? plan.column + " COLLATE NOCASE" : plan.column;
}

std::vector<std::string> key_literals(product kind, const column_plan& plan, value_view value) {
  switch (kind) {
    case product::postgresql:
      return listed(postgresql_text(value.kind == value_kind::binary ? "\\x" + to_hex(value.bytes)
                                                                     : std::string(value.bytes)));
    case product::sqlite:
      return sqlite_key_literals(value);
    case product::mariadb:
      return {mariadb_key_literal(plan, value)};
    case product::generic:
      break;
  }
  return listed(generic_literal(value.kind, value.bytes));
}

}  // namespace sluice::source
