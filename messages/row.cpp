#include "messages/row.hpp"

#include <array>

#include "messages/expect.hpp"
#include "messages/words.hpp"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 13> kind_words{
    "null",   "boolean", "integer", "decimal",   "real",         "text", "json",
    "binary", "date",    "time",    "timestamp", "timestamp_tz", "uuid"};
static_assert(ends_with(kind_words, value_kind::uuid));

[[noreturn]] void damaged(const char* cause) { throw failure(defect("unpack row", {}, cause)); }

}  // namespace

std::string_view to_string(value_kind kind) { return word_of(kind_words, kind); }

void append_value(std::string& packed, value_kind kind, std::string_view bytes) {
  packed.push_back(static_cast<char>(kind));
  if (kind == value_kind::null) return;
  auto length = bytes.size();
  while (length >= 0x80) {
    packed.push_back(static_cast<char>((length & 0x7f) | 0x80));
    length >>= 7;
  }
  packed.push_back(static_cast<char>(length));
  packed.append(bytes);
}

std::optional<value_view> row_reader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto kind = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  if (kind >= kind_words.size()) damaged("unknown value kind");
  if (kind == 0) return value_view{};
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (rest_.empty() || shift > 56) damaged("length runs past the end");
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    length |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (length > rest_.size()) damaged("value runs past the end");
  value_view value{static_cast<value_kind>(kind), rest_.substr(0, length)};
  rest_.remove_prefix(length);
  return value;
}

std::vector<value_view> unpack(std::string_view packed) {
  std::vector<value_view> values;
  row_reader reader(packed);
  while (auto value = reader.next()) values.push_back(*value);
  return values;
}

value_view row_reader::value_named(std::string_view name) {
  while (const auto each = next()) {
    const auto value = next().value_or(value_view{});
    if (each->bytes == name) return value;
  }
  return {};
}

}  // namespace sluice
