#include "runtime/destinations/table/text_forms.hpp"

#include <algorithm>
#include <iterator>

#include "messages/ascii.hpp"
#include "runtime/mapping/uuid_text.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/values/exact_number.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::destinations {
namespace {

/// `1,234,567`, or without any comma.
bool is_grouped(std::string_view whole) {
  const auto comma = whole.find(',');
  if (comma == std::string_view::npos) return true;
  if (comma == 0 || comma > 3) return false;
  for (auto rest = whole.substr(comma); !rest.empty(); rest.remove_prefix(4)) {
    if (rest.size() < 4 || rest[0] != ',') return false;
    if (!std::all_of(rest.begin() + 1, rest.begin() + 4, is_digit)) return false;
  }
  return true;
}

/// Takes the quoted element at the front of `text` and its quotes.
std::string take_quoted(std::string_view& text) {
  std::string out;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out.push_back(text[at]);
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  constexpr auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  };
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

bool is_set_of(const std::vector<std::string>& labels, std::string_view text) {
  if (text.empty()) return true;
  auto next = labels.begin();
  for (;;) {
    const auto comma = text.find(',');
    next = std::find(next, labels.end(), text.substr(0, comma));
    if (next == labels.end()) return false;
    if (comma == std::string_view::npos) return true;
    ++next;
    text.remove_prefix(comma + 1);
  }
}

bool is_boolean_word(std::string_view text) {
  constexpr std::string_view words[] = {"true", "false", "t",  "f",   "yes", "no",
                                        "y",    "n",     "on", "off", "1",   "0"};
  constexpr std::size_t longest = 5;
  if (text.size() > longest) return false;
  const auto word = odbc::lower(text);
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_uuid(std::string_view text) { return mapping::canonical_uuid(text).has_value(); }

bool is_dollars(std::string_view text) {
  std::string number(text.substr(0, text.starts_with('-') ? 1 : 0));
  text.remove_prefix(number.size());
  if (text.starts_with('$')) text.remove_prefix(1);
  const auto whole = text.substr(0, text.find('.'));
  if (whole.starts_with('-') || !is_grouped(whole)) return false;
  std::copy_if(whole.begin(), whole.end(), std::back_inserter(number),
               [](char c) { return c != ','; });
  number += text.substr(whole.size());
  if (!values::is_plain_number(number)) return false;
  const auto amount = values::exact_number::read(number);
  return amount && amount->decimal_places() <= 2;
}

bool is_interval(std::string_view text, int digits) {
  if (std::none_of(text.begin(), text.end(), [](char c) {
        return c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      }))
    return false;
  const auto point = text.find('.');
  if (point == std::string_view::npos) return true;
  auto rest = text.substr(point + 1);
  const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const auto fraction = rest.substr(0, end);
  if (fraction.find_last_not_of('0') + 1 > static_cast<std::size_t>(digits)) return false;
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.empty()) return text.substr(0, point).find(':') != std::string_view::npos;
  return (rest.front() == 's' || rest.front() == 'S') && rest.find('.') == std::string_view::npos;
}

bool is_bit_string(std::string_view text) {
  return text.find_first_not_of("01") == std::string_view::npos;
}

std::vector<std::string> array_elements(std::string_view text) {
  std::vector<std::string> out;
  // Bounds that do not begin at one stand in front: [0:2]={1,2,3}.
  text.remove_prefix(std::min(text.find('{'), text.size()));
  while (!text.empty()) {
    if (text.front() == '"') {
      out.push_back(take_quoted(text));
      continue;
    }
    auto plain = text.substr(0, text.find_first_of("{},\""));
    text.remove_prefix(std::max<std::size_t>(plain.size(), 1));
    plain = values::trim_blanks(plain);
    if (!plain.empty() && plain != "NULL") out.emplace_back(plain);
  }
  return out;
}

}  // namespace sluice::destinations
