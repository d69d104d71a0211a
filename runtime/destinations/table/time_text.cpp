#include "runtime/destinations/table/time_text.hpp"

#include <algorithm>
#include <initializer_list>

namespace sluice::destinations {
namespace {

constexpr std::size_t date_size = 10;

/// Whether `text` has the form: `0` stands for any digit, `+` for either sign, the rest for itself.
bool has_form(std::string_view text, std::string_view form) {
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           if (f == '0') return c >= '0' && c <= '9';
           return f == '+' ? c == '+' || c == '-' : c == f;
         });
}

bool has_form(std::string_view text, std::initializer_list<std::string_view> forms) {
  return std::any_of(forms.begin(), forms.end(), [&](auto form) { return has_form(text, form); });
}

std::string_view take(std::string_view& text, std::size_t size) {
  const auto taken = text.substr(0, size);
  text.remove_prefix(taken.size());
  return taken;
}

}  // namespace

std::optional<time_text> time_text::read(std::string_view text) {
  time_text out;
  if (has_form(text.substr(0, date_size), "0000-00-00")) {
    out.date = take(text, date_size);
    if (text.empty()) return out;
    if (const auto blank = take(text, 1); blank != "T" && blank != " ") return std::nullopt;
  }
  // A minus in front belongs to the time, one behind it to the zone.
  out.time = take(text, text.find_first_of(".Z+-", text.starts_with('-') ? 1 : 0));
  auto unsigned_time = out.time;
  if (out.date.empty() && unsigned_time.starts_with('-')) unsigned_time.remove_prefix(1);
  if (!has_form(unsigned_time, {"00:00", "00:00:00", "000:00:00"})) return std::nullopt;
  if (text.starts_with('.')) {
    take(text, 1);
    out.fraction = take(text, text.find_first_not_of("0123456789"));
    if (out.fraction.empty() || has_form(unsigned_time, "00:00")) return std::nullopt;
    while (out.fraction.ends_with('0')) out.fraction.remove_suffix(1);
  }
  out.zone = text;
  if (!out.zone.empty() && !has_form(out.zone, {"Z", "+00", "+0000", "+00:00"}))
    return std::nullopt;
  return out;
}

bool time_text::has_leap_second() const {
  return std::count(time.begin(), time.end(), ':') == 2 && time.ends_with("60");
}

bool time_text::is_utc() const {
  return zone == "Z" ||
         (!zone.empty() && zone.find_first_of("123456789") == std::string_view::npos);
}

bool time_text::is_time_of_day() const { return !time.starts_with('-') && time.find(':') == 2; }

}  // namespace sluice::destinations
