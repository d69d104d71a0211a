#include "runtime/values/moment.hpp"

#include <fmt/format.h>

#include "messages/ascii.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

using namespace std::chrono;

class moment_parser {
 public:
  explicit moment_parser(std::string_view text) : rest_(text) {}

  std::optional<moment> parse() {
    moment out;
    const auto y = number(4);
    const bool dashes = take('-');
    const auto m = number(2);
    const bool again = take('-');
    const auto d = number(2);
    const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                              day{static_cast<unsigned>(d)}};
    if (!good_ || !dashes || !again || !date.ok()) return std::nullopt;
    out.time = sys_days{date};
    if (rest_.empty()) return out;
    if (!take('T') && !take('t') && !take(' ')) return std::nullopt;
    out.what = moment::type::local;
    if (!parse_time(out) || !parse_zone(out)) return std::nullopt;
    return out;
  }

 private:
  bool parse_time(moment& out) {
    const auto h = number(2);
    if (!take(':')) return false;
    const auto min = number(2);
    int s = 0;
    if (take(':')) {
      s = number(2);
      if (take('.') || take(',')) out.nanoseconds = fraction();
    }
    if (!good_ || h > 23 || min > 59 || s > 59) return false;
    out.time += hours{h} + minutes{min} + seconds{s};
    return true;
  }

  bool parse_zone(moment& out) {
    if (rest_.empty()) return true;
    out.what = moment::type::instant;
    if (take('Z') || take('z')) return rest_.empty();
    const bool west = take('-');
    if (!west && !take('+')) return false;
    const auto h = number(2);
    const auto min = rest_.empty() ? 0 : (static_cast<void>(take(':')), number(2));
    if (!good_ || !rest_.empty() || h > 18 || min > 59) return false;
    const auto offset = hours{h} + minutes{min};
    out.time += west ? offset : -offset;
    return true;
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  int number(std::size_t digits) {
    int out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_.empty() || !is_digit(rest_.front())) {
        good_ = false;
        return 0;
      }
      out = out * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return out;
  }

  /// Digits beyond the ninth are dropped.
  std::uint32_t fraction() {
    std::uint32_t out = 0;
    std::size_t count = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++count)
      if (count < 9) out = out * 10 + static_cast<std::uint32_t>(rest_.front() - '0');
    good_ = good_ && count > 0;
    for (; count < 9; ++count) out *= 10;
    return out;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<moment> moment_of(const value_view& value) {
  using enum value_kind;
  if (value.kind != date && value.kind != timestamp && value.kind != timestamp_tz &&
      value.kind != text)
    return std::nullopt;
  return moment_parser(trim_blanks(value.bytes)).parse();
}

bool has_four_digits(const moment& m) {
  const auto y = static_cast<int>(year_month_day{floor<days>(m.time)}.year());
  return y >= 0 && y <= 9999;
}

std::optional<value_view> value_of(const moment& m, std::string& out) {
  if (!has_four_digits(m)) return std::nullopt;
  const auto day = floor<days>(m.time);
  const year_month_day date{day};
  out = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (m.what == moment::type::date) return value_view{value_kind::date, out};
  const hh_mm_ss time{m.time - day};
  out += fmt::format("T{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(),
                     time.seconds().count());
  if (m.nanoseconds != 0) {
    out += fmt::format(".{:09}", m.nanoseconds);
    out.erase(out.find_last_not_of('0') + 1);
  }
  if (m.what == moment::type::local) return value_view{value_kind::timestamp, out};
  out += 'Z';
  return value_view{value_kind::timestamp_tz, out};
}

}  // namespace sluice::values
