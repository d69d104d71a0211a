#include "runtime/values/moment_format.hpp"

#include <fmt/chrono.h>

#include <ctime>

#include "messages/ascii.hpp"
#include "runtime/values/moment.hpp"

namespace sluice::values {
namespace {

// As strftime has them.
constexpr std::string_view conversions = "aAbBCdDeFgGHIjmMpRSTuUVwWyY";
// What strftime has otherwise or not at all: seconds since 1970; milliseconds, microseconds; the
// zone as a number, as a word.
constexpr std::string_view own_conversions = "sLfzZ";

std::tm broken_down(const moment& m) {
  using namespace std::chrono;
  const auto day = floor<days>(m.time);
  const year_month_day date{day};
  const hh_mm_ss time{m.time - day};
  std::tm out{};
  out.tm_year = static_cast<int>(date.year()) - 1900;
  out.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  out.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  out.tm_hour = static_cast<int>(time.hours().count());
  out.tm_min = static_cast<int>(time.minutes().count());
  out.tm_sec = static_cast<int>(time.seconds().count());
  out.tm_wday = static_cast<int>(weekday{day}.c_encoding());
  out.tm_yday = static_cast<int>((day - sys_days{date.year() / 1 / 1}).count());
  return out;
}

/// A literal text, and the conversion behind it; 0 at the end.
struct pattern_piece {
  std::string literal;
  char conversion = 0;
};

std::vector<pattern_piece> read_pattern(arguments& given) {
  std::vector<pattern_piece> out(1);
  const auto pattern = given.text(0);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out.back().literal += pattern[i];
      continue;
    }
    const char c = ++i < pattern.size() ? pattern[i] : ' ';
    if (c == '%') {
      out.back().literal += c;
    } else if (contains(conversions, {&c, 1}) || contains(own_conversions, {&c, 1})) {
      out.back().conversion = c;
      out.emplace_back();
    } else {
      given.complain("has the pattern '" + pattern + "' with an unknown %" + std::string(1, c),
                     "known are %% and % before one of " + std::string(conversions) +
                         std::string(own_conversions));
      return out;
    }
  }
  return out;
}

/// False for a zone where there is none.
bool append_own(std::string& out, char conversion, const moment& m) {
  if (conversion == 's') {
    out += std::to_string(m.time.time_since_epoch().count());
  } else if (conversion == 'L') {
    out += fmt::format("{:03}", m.nanoseconds / 1'000'000);
  } else if (conversion == 'f') {
    out += fmt::format("{:06}", m.nanoseconds / 1'000);
  } else {
    if (m.what != moment::type::instant) return false;
    out += conversion == 'z' ? "+0000" : "UTC";
  }
  return true;
}

}  // namespace

step bind_moment_format(arguments& given) {
  if (given.size() > 1)
    given.complain("has more than a pattern", "for dates it is format(pattern)");
  return [pieces = read_pattern(given)](value_view in,
                                        workplace& place) -> std::optional<value_view> {
    const auto m = moment_of(in);
    if (!m) return place.refuse("is no date or time");
    const auto time = broken_down(*m);
    place.text.clear();
    for (const auto& piece : pieces) {
      place.text += piece.literal;
      if (piece.conversion == 0) continue;
      if (!contains(own_conversions, {&piece.conversion, 1}))
        place.text += fmt::format(fmt::runtime(std::string("{:%") + piece.conversion + "}"), time);
      else if (!append_own(place.text, piece.conversion, *m))
        return place.refuse("has no time zone, which the pattern names; use from_zone first");
    }
    return place.made();
  };
}

}  // namespace sluice::values
