#include "runtime/source/hash_sql.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

namespace sluice::source {
namespace {

/// A decimal number modulo 2^64. PostgreSQL's sums have more digits, and signs.
std::optional<std::uint64_t> read_number(std::string_view digits) {
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

std::optional<bucket_digest> read_digest(std::string_view text) {
  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto end = text.find(',');
    if ((end == std::string_view::npos) != (i + 1 == numbers.size())) return std::nullopt;
    const auto number = read_number(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers[i] = *number;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto [bucket, rows, unhashed, high, low] = numbers;
  if (bucket >> most_bucket_bits != 0) return std::nullopt;
  return bucket_digest{static_cast<std::uint32_t>(bucket), {rows, unhashed, {high, low}}};
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

bool read_digests(std::string_view text, std::vector<bucket_digest>& to) {
  for (;;) {
    const auto end = text.find(';');
    const auto read = read_digest(text.substr(0, end));
    if (!read) return false;
    to.push_back(*read);
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

std::optional<hash128> hash_sql::read_hash(std::string_view digits) const {
  if (digits.size() != 32) return std::nullopt;
  const auto high = read_half(digits.substr(0, 16));
  const auto low = read_half(digits.substr(16));
  if (!high || !low) return std::nullopt;
  return hash128{*high, *low};
}

}  // namespace sluice::source
