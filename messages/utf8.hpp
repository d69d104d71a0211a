// Where characters begin in UTF-8 text.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

/// As many whole characters of the text as fit into `bytes` bytes. A text that is not UTF-8 is cut
/// near that length.
[[nodiscard]] constexpr std::string_view whole_characters(std::string_view text,
                                                          std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
  };
  constexpr std::size_t longest_tail = 3;  // a character has one byte more
  auto end = bytes;
  while (end > 0 && bytes - end < longest_tail && continues(end)) --end;
  return text.substr(0, continues(end) ? bytes : end);
}

}  // namespace sluice
