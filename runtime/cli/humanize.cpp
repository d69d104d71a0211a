#include "runtime/cli/humanize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sluice::cli {
namespace {

using namespace std::chrono_literals;

/// One unit only: `12 s`, `3 min`, `5 h`, `9 d`.
std::string coarse_text(milliseconds d) {
  if (d < 1min) return fmt::format("{} s", d / 1s);
  if (d < 1h) return fmt::format("{} min", d / 1min);
  if (d < 24h) return fmt::format("{} h", d / 1h);
  return fmt::format("{} d", d / 24h);
}

}  // namespace

std::string count_text(std::uint64_t n) {
  auto digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string count_text(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(n), noun, n == 1 ? "" : "s");
}

std::string bytes_text(std::uint64_t n) {
  constexpr std::array<std::string_view, 7> units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  std::uint64_t part = 0;  // tenths of the unit, below one of it; cut, not rounded
  for (; n >= 1000; n /= 1000, ++unit) part = n % 1000 / 100;
  if (unit == 0 || n >= 10) return fmt::format("{} {}", n, units[unit]);
  return fmt::format("{}.{} {}", n, part, units[unit]);
}

std::string duration_text(milliseconds d) {
  d = std::max(d, 0ms);
  if (d < 1s) return fmt::format("{} ms", d.count());
  // Cut, not rounded: 59.96 s must not become "60.0 s".
  if (d < 1min) return fmt::format("{}.{} s", d / 1s, d % 1s / 100ms);
  if (d < 1h) return fmt::format("{} min {:02} s", d / 1min, d % 1min / 1s);
  if (d < 24h) return fmt::format("{} h {:02} min", d / 1h, d % 1h / 1min);
  return fmt::format("{} d {} h", d / 24h, d % 24h / 1h);
}

std::string clock_text(milliseconds d) {
  d = std::max(d, 0ms);
  if (d < 1h) return fmt::format("{}:{:02}", d / 1min, d % 1min / 1s);
  return fmt::format("{}:{:02}:{:02}", d / 1h, d % 1h / 1min, d % 1min / 1s);
}

std::string relative_text(timestamp t, timestamp now) {
  if (t > now + 1s) return "in " + coarse_text(t - now);
  if (t > now - 1s) return "just now";
  return coarse_text(now - t) + " ago";
}

std::string time_text(timestamp t) {
  auto text = format_timestamp(t);  // 2026-01-31T09:00:00.000Z
  text[10] = ' ';
  return text.erase(19, 4);
}

std::string rate_text(std::uint64_t rows, milliseconds in) {
  if (in <= 0ms) return "-";
  const auto per_second = static_cast<double>(rows) * 1000.0 / static_cast<double>(in.count());
  return count_text(static_cast<std::uint64_t>(std::llround(per_second))) + " rows/s";
}

}  // namespace sluice::cli
