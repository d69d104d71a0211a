#include "runtime/source/hash_sql.hpp"

#include <charconv>
#include <optional>

namespace sluice::source {
namespace {

/// A decimal number modulo 2^64. PostgreSQL's sums have more digits, and signs.
std::optional<std::uint64_t> read_number(const std::optional<std::string>& cell) {
  if (!cell) return std::nullopt;
  std::string_view digits = *cell;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return negative ? 0 - number : number;
}

std::optional<std::uint64_t> read_half(std::string_view digits) {
  std::uint64_t half = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [at, code] = std::from_chars(digits.data(), end, half, 16);
  if (code != std::errc() || at != end) return std::nullopt;
  return half;
}

}  // namespace

std::string list_of(const bucket_set& buckets) {
  std::string numbers;
  for (const auto number : buckets.numbers)
    numbers += (numbers.empty() ? "" : ",") + std::to_string(number);
  return numbers;
}

std::unique_ptr<hash_sql> hash_sql_of(odbc::product kind) {
  switch (kind) {
    case odbc::product::postgresql:
      return postgresql_hash_sql();
    case odbc::product::mariadb:
      return mariadb_hash_sql();
    case odbc::product::sqlite:
    case odbc::product::generic:
      break;
  }
  return nullptr;
}

std::optional<bucket_digest> read_digest(std::span<const std::optional<std::string>> cells) {
  if (cells.size() != 5) return std::nullopt;
  const auto bucket = read_number(cells[0]);
  const auto rows = read_number(cells[1]);
  const auto unhashed = read_number(cells[2]);
  const auto high = read_number(cells[3]);
  const auto low = read_number(cells[4]);
  if (!bucket || *bucket >> most_bucket_bits != 0 || !rows || !unhashed || !high || !low)
    return std::nullopt;
  return bucket_digest{static_cast<std::uint32_t>(*bucket), {*rows, *unhashed, {*high, *low}}};
}

std::optional<hash128> read_hash(std::string_view digits) {
  if (digits.size() != 32) return std::nullopt;
  const auto high = read_half(digits.substr(0, 16));
  const auto low = read_half(digits.substr(16));
  if (!high || !low) return std::nullopt;
  return hash128{*high, *low};
}

}  // namespace sluice::source
