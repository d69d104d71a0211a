// Enumerations in words: the i-th word is that of the enumerator with the number i.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice {

/// The word for `x`, or `unknown` for a number without one, as a later version may send it.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(const std::array<std::string_view, N>& words,
                                                 Enum x, std::string_view unknown = "unknown") {
  const auto i = static_cast<std::size_t>(x);
  return i < N ? words[i] : unknown;
}

/// The enumerator that `word` stands for.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> find_word(const std::array<std::string_view, N>& words,
                                                      std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

/// Whether there is a word for each enumerator up to `last`, and no further one.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr bool ends_with(const std::array<std::string_view, N>&, Enum last) {
  return N == static_cast<std::size_t>(last) + 1;
}

}  // namespace sluice
