#include "runtime/destinations/http/quota.hpp"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::destinations {
namespace {

/// The number with which the text begins.
std::optional<double> number_at(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t=");
  if (begin == std::string_view::npos) return std::nullopt;
  double out = 0;
  const auto from = text.substr(begin);
  const auto read = std::from_chars(from.data(), from.data() + from.size(), out);
  if (read.ec != std::errc() || !(out >= 0)) return std::nullopt;
  return out;
}

std::optional<double> first_of(const http::header_fields& headers, const std::string& configured,
                               std::initializer_list<std::string_view> usual) {
  const auto look = [&](std::string_view name) -> std::optional<double> {
    for (const auto& value : http::values_of(headers, name)) return number_at(value);
    return std::nullopt;
  };
  if (!configured.empty()) return look(configured);
  for (const auto name : usual)
    if (const auto found = look(name)) return found;
  return std::nullopt;
}

/// `50` in `"default";r=50;t=30` by one of the names.
std::optional<double> parameter(std::string_view text, std::string_view short_name,
                                std::string_view long_name) {
  for (const auto name : {short_name, long_name}) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      const bool begins =
          at == 0 || text[at - 1] == ';' || text[at - 1] == ',' || text[at - 1] == ' ';
      const auto rest = text.substr(at + name.size());
      if (begins && rest.starts_with('=')) return number_at(rest);
    }
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> from_now(double reset, timestamp now) {
  constexpr double smallest_time = 1e9;
  constexpr double smallest_in_milliseconds = 1e12;
  constexpr double longest = 366.0 * 86'400;
  double seconds = reset;
  if (reset >= smallest_time) {
    const auto since_epoch = std::chrono::duration<double>(now.time_since_epoch()).count();
    seconds = (reset >= smallest_in_milliseconds ? reset / 1000 : reset) - since_epoch;
  }
  if (seconds <= 0 || seconds > longest) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1);
}

}  // namespace

std::optional<quota> quota_in(const http::header_fields& headers,
                              const config::quota_header_names& names, timestamp now) {
  auto remaining =
      first_of(headers, names.remaining,
               {"RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"});
  auto reset = first_of(headers, names.reset,
                        {"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"});
  if (names.remaining.empty() && names.reset.empty()) {
    for (const auto& value : http::values_of(headers, "RateLimit")) {
      if (!remaining) remaining = parameter(value, "r", "remaining");
      if (!reset) reset = parameter(value, "t", "reset");
    }
  }
  if (!remaining || !reset) return std::nullopt;
  const auto left = from_now(*reset, now);
  if (!left) return std::nullopt;
  return quota{static_cast<std::uint64_t>(std::min(*remaining, 1e15)), *left};
}

}  // namespace sluice::destinations
