#include "runtime/diff/row_block.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::diff {

row_block::row_block(block_limits limits, hash_function hash) : limits_(limits), hash_(hash) {}

void row_block::identify_by(identity_rule rule) {
  expect(empty(), "tell rows apart", "a block without rows");
  identity_ = row_identity(std::move(rule));
}

void row_block::add(mapping::row_plan& plan, std::span<const value_view> values) {
  slot s;
  add_key(plan, values, s);
  if (s.reason_size == 0) {
    const auto begin = arena_.size();
    if (!plan.pack(values, arena_)) {
      add_reason(plan.invalid_reason(), s);
    } else if (arena_.size() - s.begin > limits_.row_bytes) {
      arena_.resize(begin);
      add_reason("the row is larger than " + std::to_string(limits_.row_bytes) + " bytes", s);
    } else {
      s.row_size = arena_.size() - begin;
      s.fingerprint = hash_(bytes(begin, s.row_size));
    }
  }
  add_slot(s);
}

void row_block::add_unreadable(mapping::row_plan& plan, std::span<const value_view> values,
                               std::span<const std::size_t> unreadable, std::string_view reason) {
  const auto& keys = plan.keys();
  const bool hits_key = std::any_of(unreadable.begin(), unreadable.end(), [&](std::size_t cell) {
    return std::find(keys.begin(), keys.end(), cell) != keys.end();
  });
  if (hits_key) {
    add_unreadable(reason);
    return;
  }
  slot s;
  add_key(plan, values, s);
  if (s.reason_size == 0) add_reason(reason, s);
  add_slot(s);
}

void row_block::add_unreadable(std::string_view reason) {
  slot s;
  s.begin = arena_.size();
  s.state = key_use::unreadable;
  add_reason(reason, s);
  add_slot(s);
}

bool row_block::full() const {
  return slots_.size() >= limits_.rows || arena_.size() >= limits_.bytes;
}

row_view row_block::operator[](std::size_t i) const {
  const auto& s = slots_[i];
  const auto key = bytes(s.begin, s.key_size);
  const auto row = s.begin + s.key_size + s.identity_size;
  return {key,
          s.identity_size == 0 ? key : bytes(s.begin + s.key_size, s.identity_size),
          bytes(row, s.row_size),
          key_hashes_[i],
          s.fingerprint,
          s.state,
          bytes(row + s.row_size, s.reason_size)};
}

void row_block::clear() {
  arena_.clear();
  if (arena_.capacity() > 2 * limits_.bytes) arena_.shrink_to_fit();
  slots_.clear();
  key_hashes_.clear();
}

void row_block::add_key(mapping::row_plan& plan, std::span<const value_view> values, slot& s) {
  s.begin = arena_.size();
  const bool complete = plan.pack_key(values, arena_);
  s.key_size = arena_.size() - s.begin;
  if (!complete) {
    s.state = key_use::null;
    add_reason(plan.invalid_reason(), s);
    return;
  }
  const auto key = bytes(s.begin, s.key_size);
  const auto identity = identity_.of(key);
  s.key_hash = hash_(identity);
  if (identity.data() == key.data()) return;
  s.identity_size = identity.size();
  arena_ += identity;
}

void row_block::add_reason(std::string_view reason, slot& s) {
  if (reason.empty()) reason = "the row cannot be read";
  arena_ += reason;
  s.reason_size = reason.size();
}

void row_block::add_slot(const slot& s) {
  slots_.push_back(s);
  key_hashes_.push_back(s.key_hash);
}

std::string_view row_block::bytes(std::size_t begin, std::size_t size) const {
  return std::string_view(arena_).substr(begin, size);
}

}  // namespace sluice::diff
