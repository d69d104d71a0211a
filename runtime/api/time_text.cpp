#include "runtime/api/time_text.hpp"

#include <algorithm>
#include <string>

#include "messages/ascii.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t to_seconds = 19;  ///< of `2026-01-31T09:00:00`

/// Two digits below `end`; nothing for anything else.
std::optional<int> two_digits(std::string_view text, int end) {
  if (text.size() != 2 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const int n = (text[0] - '0') * 10 + (text[1] - '0');
  return n < end ? std::optional(n) : std::nullopt;
}

/// How far local time is ahead of UTC: `Z`, `+01:00`.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || text[3] != ':') return std::nullopt;
  if (text[0] != '+' && text[0] != '-' && text[0] != ' ') return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2), 24);
  const auto minutes = two_digits(text.substr(4), 60);
  if (!hours || !minutes) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<timestamp> parse_time(std::string_view text) {
  if (text.size() <= to_seconds) return std::nullopt;
  std::string plain(text.substr(0, to_seconds));
  if (plain[10] == 't' || plain[10] == ' ') plain[10] = 'T';
  auto rest = text.substr(to_seconds);
  std::string decimals;
  if (rest.front() == '.') {
    rest.remove_prefix(1);
    const auto count = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (count == 0) return std::nullopt;
    decimals = rest.substr(0, std::min<std::size_t>(count, 3));
    rest.remove_prefix(count);
  }
  decimals.resize(3, '0');
  const auto offset = parse_offset(rest);
  const auto local = parse_timestamp(plain + "." + decimals + "Z");
  if (!offset || !local) return std::nullopt;
  return *local - *offset;
}

}  // namespace sluice::api
