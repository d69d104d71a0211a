#include "messages/batch.hpp"

#include <array>
#include <limits>

#include "messages/expect.hpp"
#include "messages/words.hpp"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 3> operation_words{"insert", "update", "delete"};
static_assert(ends_with(operation_words, operation::erase));

/// Offsets into the arena are 32 bits wide.
void expect_room(const std::string& arena, std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  expect(bytes <= most - arena.size(), "add to batch", "less than 4 GiB in it");
}

}  // namespace

std::string_view to_string(operation op) { return word_of(operation_words, op); }

void batch::append(operation op, const hash128& key_hash, const hash128& fingerprint,
                   std::string_view key, std::string_view row, const hash128& delivery) {
  expect_room(arena_, key.size() + row.size());
  deltas_.push_back({.op = op,
                     .key_hash = key_hash,
                     .fingerprint = fingerprint,
                     .delivery = delivery,
                     .begin = static_cast<std::uint32_t>(arena_.size()),
                     .key_size = static_cast<std::uint32_t>(key.size()),
                     .row_size = static_cast<std::uint32_t>(row.size())});
  arena_.append(key);
  arena_.append(row);
}

void batch::remember(std::size_t i, std::string_view text) {
  expect(i < deltas_.size(), "add to batch", "a delta at this position");
  expect_room(arena_, text.size());
  deltas_[i].remembered_begin = static_cast<std::uint32_t>(arena_.size());
  deltas_[i].remembered_size = static_cast<std::uint32_t>(text.size());
  arena_ += text;
}

void batch::append(const batch& more) {
  expect_room(arena_, more.arena_.size());
  const auto begin = static_cast<std::uint32_t>(arena_.size());
  arena_ += more.arena_;
  deltas_.reserve(deltas_.size() + more.size());
  for (auto d : more.deltas_) {
    d.begin += begin;
    d.remembered_begin += begin;
    deltas_.push_back(d);
  }
}

delta_view batch::operator[](std::size_t i) const {
  const auto& d = deltas_[i];
  const std::string_view arena = arena_;
  return {d.op,
          d.key_hash,
          d.fingerprint,
          arena.substr(d.begin, d.key_size),
          arena.substr(d.begin + d.key_size, d.row_size),
          d.delivery,
          arena.substr(d.remembered_begin, d.remembered_size)};
}

}  // namespace sluice
