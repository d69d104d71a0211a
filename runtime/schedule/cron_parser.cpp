// Reads the text of a cron schedule.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

#include "messages/expect.hpp"
#include "messages/utf8.hpp"
#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/cron_days.hpp"

namespace sluice::schedule {
namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};

/// The values that a field may have.
struct field_rule {
  std::string_view name;
  unsigned from;
  unsigned to;
  std::span<const std::string_view> words;  ///< for `from` and the numbers after it
};

constexpr std::array<field_rule, 5> rules{{{"minute", 0, 59, {}},
                                           {"hour", 0, 23, {}},
                                           {"day of month", 1, 31, {}},
                                           {"month", 1, 12, month_names},
                                           {"day of week", 0, 7, weekday_names}}};
enum : std::size_t { minute, hour, day_of_month, month, day_of_week };

/// The words that stand for five fields: crontab(5), "Extensions".
struct shorthand {
  std::string_view word;
  std::string_view fields;
};
constexpr std::array shorthands{
    shorthand{"@hourly", "0 * * * *"},   shorthand{"@daily", "0 0 * * *"},
    shorthand{"@midnight", "0 0 * * *"}, shorthand{"@weekly", "0 0 * * 0"},
    shorthand{"@monthly", "0 0 1 * *"},  shorthand{"@yearly", "0 0 1 1 *"},
    shorthand{"@annually", "0 0 1 1 *"}};

/// Ends the reading of a text; never leaves this file.
struct refused {
  cron_problem why;
};

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
  throw refused{{std::move(message), std::move(hint)}};
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 30;
  if (text.size() <= longest) return "\"" + std::string(text) + "\"";
  return "\"" + std::string(whole_characters(text, longest)) + "…\"";
}

/// `the hour "25"`
std::string subject(const field_rule& rule, std::string_view text) {
  return "the " + std::string(rule.name) + " " + quoted(text);
}

std::string range_of(const field_rule& rule) {
  return std::to_string(rule.from) + " to " + std::to_string(rule.to);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// REQUIRES: `is_number`. A number that does not fit becomes one beyond every range.
unsigned number(std::string_view text) {
  expect(is_number(text), "read cron expression", "digits");
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() ? value : std::numeric_limits<unsigned>::max();
}

/// ASCII only.
std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> split_at_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string_view> out;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return out;
    const auto end = std::min(text.find_first_of(blanks), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

unsigned read_value(const field_rule& rule, std::string_view text) {
  if (text.empty()) refuse("the " + std::string(rule.name) + " lacks a number");
  if (!is_number(text)) {
    const auto word = std::ranges::find(rule.words, lower(text));
    if (word != rule.words.end())
      return rule.from + static_cast<unsigned>(word - rule.words.begin());
    auto allowed = "write numbers from " + range_of(rule);
    if (!rule.words.empty())
      allowed += ", or names from " + std::string(rule.words.front()) + " to " +
                 std::string(rule.words.back());
    refuse(subject(rule, text) + " is not known", allowed + "; ranges 1-3, lists 1,3, steps */2");
  }
  const auto value = number(text);
  if (value < rule.from || value > rule.to)
    refuse(subject(rule, text) + " is out of range " + range_of(rule));
  return value;
}

/// The step behind the slash of `item`; 1 without one.
unsigned read_step(const field_rule& rule, std::string_view item) {
  const auto slash = item.find('/');
  if (slash == std::string_view::npos) return 1;
  const auto text = item.substr(slash + 1);
  if (!is_number(text))
    refuse("the step of " + subject(rule, item) + " is not a number", "for example */2");
  // A step beyond the whole range would be no step at all, but once in each hour, day or year.
  const auto most = rule.name == rules[day_of_week].name ? 7 : rule.to - rule.from + 1;
  const auto step = number(text);
  if (step < 1 || step > most)
    refuse("the step of " + subject(rule, item) + " is out of range 1 to " + std::to_string(most),
           rule.name == rules[minute].name && step > most
               ? "for intervals that no clock shows, write for example {\"every\": \"90m\"}"
               : "");
  return step;
}

/// `*`, `5`, `1-5`, each but the second also with `/2`.
cron::numbers read_item(const field_rule& rule, std::string_view item) {
  const auto slash = item.find('/');
  const auto range = item.substr(0, slash);
  auto first = rule.from;
  auto last = rule.to;
  if (range != "*") {
    const auto dash = range.find('-');
    first = read_value(rule, range.substr(0, dash));
    last = dash == std::string_view::npos ? first : read_value(rule, range.substr(dash + 1));
    if (dash == std::string_view::npos && slash != std::string_view::npos)
      refuse(subject(rule, item) + " has a step without a range",
             "write " + std::to_string(first) + "-" + std::to_string(rule.to) +
                 std::string(item.substr(slash)) + " or */…");
    if (first > last)
      refuse(subject(rule, item) + " is a range that ends before it begins",
             rule.name == rules[day_of_week].name
                 ? "Sunday is 0 at the beginning of a range and 7 at its end"
                 : "write two ranges: " + std::to_string(first) + "-" + std::to_string(rule.to) +
                       "," + std::to_string(rule.from) + "-" + std::to_string(last));
  }
  const auto step = read_step(rule, item);
  cron::numbers out = 0;
  for (auto n = first; n <= last; n += step) out |= cron::numbers{1} << n;
  return out;
}

cron::numbers read_field(const field_rule& rule, std::string_view text) {
  cron::numbers out = 0;
  for (const auto item : split(text, ',')) out |= read_item(rule, item);
  return out;
}

/// The fields that a word stands for.
std::string_view expand(std::string_view word) {
  const auto name = lower(word);
  const auto found = std::ranges::find(shorthands, name, &shorthand::word);
  if (found != shorthands.end()) return found->fields;
  if (name == "@reboot")
    refuse("\"@reboot\" is no time",
           "what a node missed while it was down is made up for when it starts");
  std::string all;
  for (const auto& x : shorthands) all += (all.empty() ? "" : ", ") + std::string(x.word);
  refuse(quoted(word) + " is not known", "known here: " + all);
}

cron read(std::string_view text, const time_zone& zone) {
  auto fields = split_at_blanks(text);
  if (fields.size() == 1 && fields.front().starts_with('@'))
    fields = split_at_blanks(expand(fields.front()));
  if (fields.size() != rules.size())
    refuse("has " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
               " and not five",
           "write minute, hour, day of month, month and day of week: \"30 6 * * mon-fri\"");
  const auto field = [&](std::size_t i) { return read_field(rules[i], fields[i]); };
  const auto wildcard = [&](std::size_t i) { return fields[i].starts_with('*'); };
  cron out;
  out.minutes = field(minute);
  out.hours = field(hour);
  out.days = field(day_of_month);
  out.months = field(month);
  out.weekdays = field(day_of_week);
  if ((out.weekdays >> 7 & 1) != 0) out.weekdays = (out.weekdays | 1) & 0x7F;
  out.either_day = !wildcard(day_of_month) && !wildcard(day_of_week);
  out.follows_clock = wildcard(minute) || wildcard(hour);
  out.text = text;
  out.zone = zone;
  if (!first_day(out, std::chrono::local_days{}))
    refuse("the day of month " + quoted(fields[day_of_month]) + " never comes in month " +
               quoted(fields[month]),
           "it would never be due");
  return out;
}

}  // namespace

std::variant<cron, cron_problem> parse_cron(std::string_view text, const time_zone& zone) {
  try {
    return read(text, zone);
  } catch (refused& problem) {
    return std::move(problem.why);
  }
}

}  // namespace sluice::schedule
