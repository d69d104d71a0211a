#include "runtime/config/byte_size.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace sluice::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t bytes;
};

/// In the order in which they are tried for printing.
constexpr std::array units{unit{"MB", 1'000'000}, unit{"MiB", 1u << 20}, unit{"kB", 1'000},
                           unit{"KB", 1'000},     unit{"KiB", 1u << 10}, unit{"B", 1}};

}  // namespace

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  std::uint64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, count);
  if (failed != std::errc()) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& u : units) {
    if (u.name != name) continue;
    if (count > std::numeric_limits<std::uint64_t>::max() / u.bytes) return std::nullopt;
    return count * u.bytes;
  }
  return std::nullopt;
}

std::string byte_size_text(std::uint64_t bytes) {
  for (const auto& u : units) {
    if (bytes > 0 && bytes % u.bytes == 0)
      return std::to_string(bytes / u.bytes) + std::string(u.name);
  }
  return "0B";
}

}  // namespace sluice::config
