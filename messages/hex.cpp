#include "messages/hex.hpp"

#include <charconv>

namespace sluice {

namespace {

/// Where the letters of the digits begin.
enum class letters : char { upper = 'A', lower = 'a' };

std::string written(std::string_view bytes, letters first) {
  const auto digit = [&](int value) {
    return static_cast<char>(value < 10 ? '0' + value : static_cast<char>(first) + value - 10);
  };
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(digit(byte >> 4));
    out.push_back(digit(byte & 0xf));
  }
  return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) { return written(bytes, letters::upper); }

std::string to_small_hex(std::string_view bytes) { return written(bytes, letters::lower); }

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (; !digits.empty(); digits.remove_prefix(2)) {
    unsigned char byte = 0;
    const auto* const end = digits.data() + 2;
    const auto [at, problem] = std::from_chars(digits.data(), end, byte, 16);
    if (problem != std::errc() || at != end) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace sluice
