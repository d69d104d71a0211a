#include "runtime/values/unicode_text.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "messages/ascii.hpp"

namespace sluice::values {

using icu::UnicodeString;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void lower_ascii(std::string& text) {
  std::ranges::transform(text, text.begin(), [](char c) { return lower(c); });
}

void trim(std::string& text) {
  if (is_ascii(text)) {
    constexpr std::string_view white_space = " \t\n\v\f\r";
    text.erase(text.find_last_not_of(white_space) + 1);
    text.erase(0, text.find_first_not_of(white_space));
    return;
  }
  const auto characters = UnicodeString::fromUTF8(text);
  std::int32_t begin = 0;
  std::int32_t end = characters.length();
  while (begin < end && u_isUWhiteSpace(characters.char32At(begin)))
    begin = characters.moveIndex32(begin, 1);
  while (end > begin && u_isUWhiteSpace(characters.char32At(characters.moveIndex32(end, -1))))
    end = characters.moveIndex32(end, -1);
  text.clear();
  characters.tempSubStringBetween(begin, end).toUTF8String(text);
}

std::string digits_of(std::string_view text) {
  std::string out;
  if (is_ascii(text)) {
    std::ranges::copy_if(text, std::back_inserter(out), is_digit);
    return out;
  }
  const auto characters = UnicodeString::fromUTF8(text);
  for (std::int32_t at = 0; at < characters.length(); at = characters.moveIndex32(at, 1))
    if (const auto digit = u_charDigitValue(characters.char32At(at)); digit >= 0)
      out.push_back(static_cast<char>('0' + digit));
  return out;
}

}  // namespace sluice::values
