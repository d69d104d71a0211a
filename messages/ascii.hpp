// Characters and parts of texts, whatever the locale.
#pragma once

#include <string_view>

namespace sluice {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `std::string_view::contains` of C++23.
constexpr bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace sluice
