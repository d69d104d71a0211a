#include "tests/world/key_dress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace sluice::test {
namespace {

using enum value_kind;

constexpr std::array number_kinds{integer, decimal, real, text};
constexpr std::array uuid_kinds{uuid, text};
constexpr std::array moment_kinds{date, timestamp, timestamp_tz};

/// So large that the shortest text of a double has an exponent.
constexpr long number_step = 100'000;

std::string shortest_text(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  return {digits.begin(), end};
}

std::string number(unsigned dress, long id, unsigned variant) {
  const auto plain = std::to_string(id * number_step);
  switch (number_kinds.at(dress)) {
    case decimal: {
      constexpr std::array endings{"", ".0", ".00", ".000000"};
      const auto ending = endings.at(variant % endings.size());
      return (id == 0 && variant % 2 == 1 ? "-" : "") + plain + ending;
    }
    case real:
      return id == 0 && variant % 2 == 1 ? "-0"
                                         : shortest_text(static_cast<double>(id * number_step));
    case text: {
      const std::array<std::string, 4> all{plain, plain + ".00", "0" + plain,
                                           id == 0 ? "-0" : fmt::format("{}e5", id)};
      return all.at(variant % all.size());
    }
    default:
      return plain;
  }
}

std::string uuid_written(unsigned dress, long id, unsigned variant) {
  auto plain = fmt::format("{:08x}-abcd-4000-8000-00000000beef", id);
  if (dress == 0) return plain;
  switch (variant % 3) {
    case 1:
      std::ranges::transform(plain, plain.begin(), [](unsigned char c) { return std::toupper(c); });
      return plain;
    case 2:
      std::erase(plain, '-');
      return plain;
    default:
      return plain;
  }
}

std::string moment(unsigned dress, long id, unsigned variant) {
  using namespace std::chrono;
  const year_month_day day(sys_days(2024y / January / 1) + days(id));
  auto written = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                             static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  if (dress == 0) return written;
  constexpr std::array fractions{"", ".0", ".000000"};
  written += std::string("T00:00:00") + fractions.at(variant % fractions.size());
  return dress == 2 ? written + "Z" : written;
}

std::string name(long id, unsigned variant) {
  constexpr std::array<std::pair<const char*, const char*>, 4> around{
      {{"row-", ""}, {"row-", " "}, {"ROW-", ""}, {" Row-", " "}}};
  const auto& [before, behind] = around.at(variant % around.size());
  return before + std::to_string(id) + behind;
}

std::string without_blanks_behind(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

unsigned dresses(key_family family) {
  switch (family) {
    case key_family::numbers:
      return number_kinds.size();
    case key_family::uuids:
      return uuid_kinds.size();
    case key_family::moments:
      return moment_kinds.size();
    case key_family::names:
      return 1;
  }
  return 1;
}

value_kind kind_of(key_family family, unsigned dress) {
  switch (family) {
    case key_family::numbers:
      return number_kinds.at(dress);
    case key_family::uuids:
      return uuid_kinds.at(dress);
    case key_family::moments:
      return moment_kinds.at(dress);
    case key_family::names:
      return text;
  }
  return text;
}

std::string write_key(key_family family, unsigned dress, long id, unsigned variant) {
  id %= twins;
  switch (family) {
    case key_family::numbers:
      return number(dress, id, variant);
    case key_family::uuids:
      return uuid_written(dress, id, variant);
    case key_family::moments:
      return moment(dress, id, variant);
    case key_family::names:
      return name(id, variant);
  }
  throw std::logic_error("a family of keys without a spelling");
}

identity_rule rule_of(telling_apart how) {
  switch (how) {
    case telling_apart::by_number:
      return {{{identity_form::number}}};
    case telling_apart::by_text:
      return {{{identity_form::text}}};
    case telling_apart::without_blanks:
      return {{{identity_form::unpadded}}};
    case telling_apart::by_uuid:
      return {{{identity_form::uuid}}};
    case telling_apart::by_instant:
      return {{{identity_form::instant}}};
    case telling_apart::folded:
      return {{{identity_form::text, {identity_step::trim, identity_step::lower}}}};
  }
  throw std::logic_error("keys that are told apart by nothing");
}

std::string row_named(telling_apart how, std::string_view written) {
  std::string key(written);
  switch (how) {
    case telling_apart::by_number:
      return fmt::format("{:.4f}", std::strtod(key.c_str(), nullptr) + 0.0);  // -0 + 0 is 0
    case telling_apart::by_text:
      return key;
    case telling_apart::without_blanks:
      return without_blanks_behind(key);
    case telling_apart::by_uuid:
      std::erase(key, '-');
      return lower(key);
    case telling_apart::by_instant:
      if (key.ends_with('Z')) key.pop_back();
      if (key.find('T') == std::string::npos) key += "T00:00:00";
      return key.substr(0, std::string_view("2024-01-01T00:00:00").size());
    case telling_apart::folded:
      key = without_blanks_behind(key);
      return lower(key.substr(std::min(key.find_first_not_of(' '), key.size())));
  }
  throw std::logic_error("keys that are told apart by nothing");
}

std::string row_of_key(telling_apart how, std::string_view packed_key) {
  return row_named(how, unpack(packed_key).at(0).bytes);
}

}  // namespace sluice::test
