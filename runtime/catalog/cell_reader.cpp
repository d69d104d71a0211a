#include "runtime/catalog/cell_reader.hpp"

#include <charconv>

#include "messages/hex.hpp"

namespace sluice::catalog {

std::string cell_reader::text() {
  const auto& cell = row_[next_++];
  if (!cell) refuse("NULL");
  return *cell;
}

std::optional<std::string> cell_reader::optional_text() { return row_[next_++]; }

std::uint64_t cell_reader::count() {
  const auto x = number();
  if (x < 0) refuse("a negative number");
  return static_cast<std::uint64_t>(x);
}

std::optional<std::uint64_t> cell_reader::optional_count() {
  if (next_is_null()) return optional_text(), std::nullopt;
  return count();
}

std::optional<std::int64_t> cell_reader::optional_number() {
  if (next_is_null()) return optional_text(), std::nullopt;
  return number();
}

timestamp cell_reader::time() { return timestamp{std::chrono::milliseconds{number()}}; }

std::optional<timestamp> cell_reader::optional_time() {
  if (next_is_null()) return optional_text(), std::nullopt;
  return time();
}

std::optional<hash128> cell_reader::optional_hash() {
  const auto digits = optional_text();
  if (!digits) return std::nullopt;
  hash128 x;
  const auto half = [&](std::size_t begin, std::uint64_t& into) {
    const auto* const end = digits->data() + begin + 16;
    const auto [at, problem] = std::from_chars(digits->data() + begin, end, into, 16);
    return problem == std::errc() && at == end;
  };
  if (digits->size() != 32 || !half(0, x.high) || !half(16, x.low)) refuse("no hash");
  return x;
}

std::optional<std::string> cell_reader::optional_bytes() {
  const auto digits = optional_text();
  if (!digits) return std::nullopt;
  auto bytes = from_hex(*digits);
  if (!bytes) refuse("no hexadecimal digits");
  return bytes;
}

void cell_reader::refuse(const char* what) const {
  throw failure(errc::catalog_failed, "read catalog", std::string(names_[next_ - 1]),
                std::string("the column holds ") + what,
                "somebody changed catalog.sqlite: restore it from a backup");
}

std::int64_t cell_reader::number() {
  const auto digits = text();
  std::int64_t x = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
  if (problem != std::errc() || end != digits.data() + digits.size()) refuse("no number");
  return x;
}

}  // namespace sluice::catalog
