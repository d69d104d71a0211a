// Texts as they stand in an address (RFC 3986): whatever is not unreserved as %XX. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::http {

/// What an address holds as it is.
inline bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// How many bytes `append_percent_encoded` would append.
inline std::size_t percent_encoded_bytes(std::string_view text) {
  const auto plain = static_cast<std::size_t>(std::ranges::count_if(text, is_unreserved));
  return plain + 3 * (text.size() - plain);
}

inline void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
}

/// `text` as it stands in an address.
inline std::string percent_encoded(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

/// The inverse; a % without two digits behind it stays as it is.
inline std::string percent_decoded(std::string_view text) {
  const auto value_of = [](char c) {
    if (is_digit(c)) return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? value_of(text[i + 1]) : -1;
    const int low = high >= 0 ? value_of(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace sluice::http
