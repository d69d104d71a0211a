#include "runtime/destinations/table/parked_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sluice::destinations {
namespace {

// Hexadecimal digits: enough to be almost certainly unique, and few enough for most columns of
// unknown length.
constexpr int shortest_text = 8;
constexpr int longest_text = 12;

std::string random_hex(std::mt19937_64& random, std::size_t digits) {
  std::string out;
  while (out.size() < digits) out += fmt::format("{:016x}", random());
  out.resize(digits);
  return out;
}

/// The largest absolute value that certainly fits.
std::uint64_t largest_number(std::string type) {
  for (auto& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto named = [&](const char* word) { return type.find(word) != std::string::npos; };
  if (named("tinyint")) return 127;
  if (named("smallint")) return 32'767;
  if (named("mediumint")) return 8'388'607;
  if (named("int") || named("serial")) return 2'147'483'647;
  return 0;
}

}  // namespace

std::optional<assigned_value> parked_value(const table_layout& layout, std::size_t column,
                                           std::mt19937_64& random) {
  const auto& c = layout.columns[column];
  if (c.nullable) return assigned_value{column, value_kind::null, {}};
  const auto largest = largest_number(c.type);
  switch (c.family) {
    case column_family::number:
    case column_family::any:  // SQLite's columns hold anything, with any type; others refuse
      if (largest > 0) {
        // Most numbers of most tables are positive.
        const bool may_be_negative = c.type.find("unsigned") == std::string::npos;
        return assigned_value{
            column, value_kind::integer,
            (may_be_negative ? "-" : "") + std::to_string(1 + random() % largest)};
      }
      if (c.family == column_family::number) return std::nullopt;
      [[fallthrough]];
    case column_family::text: {
      const int length = std::min(c.length.value_or(longest_text), longest_text);
      if (length < shortest_text) return std::nullopt;
      return assigned_value{column, value_kind::text,
                            random_hex(random, static_cast<std::size_t>(length))};
    }
    case column_family::uuid: {
      const auto hex = random_hex(random, 32);
      return assigned_value{column, value_kind::uuid,
                            hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) +
                                '-' + hex.substr(16, 4) + '-' + hex.substr(20)};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace sluice::destinations
