#include "runtime/config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "messages/expect.hpp"

namespace sluice::config {
namespace {

struct time_unit {
  std::string_view name;
  std::int64_t milliseconds;
};

/// From the longest to the shortest.
constexpr std::array time_units{time_unit{"d", 86'400'000}, time_unit{"h", 3'600'000},
                                time_unit{"m", 60'000}, time_unit{"s", 1'000}, time_unit{"ms", 1}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, count);
  if (failed != std::errc() || count < 0 || text.front() == '-') return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& u : time_units) {
    if (u.name != name) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / u.milliseconds) return std::nullopt;
    return std::chrono::milliseconds(count * u.milliseconds);
  }
  return std::nullopt;
}

std::string to_text(std::chrono::milliseconds duration) {
  expect(duration.count() >= 0, "print duration", "a duration that is not negative");
  if (duration.count() == 0) return "0s";
  for (const auto& u : time_units) {
    if (duration.count() % u.milliseconds == 0)
      return std::to_string(duration.count() / u.milliseconds) + std::string(u.name);
  }
  return std::to_string(duration.count()) + "ms";
}

}  // namespace sluice::config
