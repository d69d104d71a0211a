#include "runtime/cli/text.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cstdint>

namespace sluice::cli {
namespace {

constexpr char32_t broken = 0xFFFFFFFF;

/// Takes the first character off the text; `broken` for a byte that begins no character.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  std::size_t length = 0;
  char32_t result = broken;
  // The smallest that needs so many bytes; a smaller one is an overlong form.
  char32_t smallest = 0;
  if (first < 0x80) {
    length = 1;
    result = first;
  } else if (first >= 0xC2 && first < 0xE0) {
    length = 2;
    result = first & 0x1F;
    smallest = 0x80;
  } else if (first >= 0xE0 && first < 0xF0) {
    length = 3;
    result = first & 0x0F;
    smallest = 0x800;
  } else if (first >= 0xF0 && first < 0xF5) {
    length = 4;
    result = first & 0x07;
    smallest = 0x10000;
  }
  bool valid = length > 0 && length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    result = result << 6 | (byte(i) & 0x3F);
  }
  const bool surrogate = result >= 0xD800 && result < 0xE000;
  if (!valid || result < smallest || result > 0x10FFFF || surrogate) {
    text.remove_prefix(1);
    return broken;
  }
  text.remove_prefix(length);
  return result;
}

/// Characters that control a terminal: C0, DEL, C1, and marks for the direction of writing.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::size_t width_of(char32_t c) {
  // The C locale knows ASCII only; this one is part of the C library and needs no installation.
  static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (c < 0x80 || unicode == nullptr) return 1;
  const auto before = ::uselocale(unicode);
  const int width = ::wcwidth(static_cast<wchar_t>(c));
  ::uselocale(before);
  return static_cast<std::size_t>(std::max(width, 0));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto rest = text;
    const auto c = take_character(text);
    if (c == '\n' || c == '\t' || c == '\r')
      result += ' ';
    else if (c == broken || is_control(c))
      result += '?';
    else
      result += rest.substr(0, rest.size() - text.size());
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t result = 0;
  while (!text.empty()) result += width_of(take_character(text));
  return result;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string{text};
  if (width == 0) return {};
  auto rest = text;
  std::size_t used = 0;
  std::size_t kept = 0;
  while (!rest.empty()) {
    used += width_of(take_character(rest));
    if (used > width - 1) break;
    kept = text.size() - rest.size();
  }
  return std::string{text.substr(0, kept)} + "…";
}

std::string palette::paint(std::string_view code, std::string_view text) const {
  if (!enabled) return std::string{text};
  return "\x1b[" + std::string{code} + "m" + std::string{text} + "\x1b[0m";
}

}  // namespace sluice::cli
