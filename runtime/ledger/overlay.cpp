#include "runtime/ledger/overlay.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::ledger {
namespace {

constexpr std::size_t first_slots = 64;

}  // namespace

/// The slot that holds `key`, or the empty one where it belongs. REQUIRES: there are slots.
std::size_t overlay::slot_of(const hash128& key) const {
  const auto mask = slots_.size() - 1;
  auto slot = home_of(key);
  while (slots_[slot] != 0 && entry_at(slots_[slot] - 1).key != key) slot = (slot + 1) & mask;
  return slot;
}

overlay_entry* overlay::find(const hash128& key) {
  if (slots_.empty()) return nullptr;
  const auto found = slots_[slot_of(key)];
  return found == 0 ? nullptr : &entry_at(found - 1);
}

overlay_entry& overlay::add(const hash128& key) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  const auto slot = slot_of(key);
  expect(slots_[slot] == 0, "record in ledger", "a key that is not in the overlay");
  if (size_ == chunks_.size() * chunk_entries)
    chunks_.push_back(std::make_unique<overlay_entry[]>(chunk_entries));
  auto& added = entry_at(size_++);
  added = {};
  added.key = key;
  slots_[slot] = static_cast<std::uint32_t>(size_);
  return added;
}

void overlay::grow() {
  slots_.assign(std::max(first_slots, slots_.size() * 2), 0);
  for (std::size_t i = 0; i < size_; ++i)
    slots_[slot_of(entry_at(i).key)] = static_cast<std::uint32_t>(i + 1);
}

std::vector<overlay::sorted_entry> overlay::sorted() const {
  std::vector<sorted_entry> order;
  order.reserve(size_);
  for (std::size_t i = 0; i < size_; ++i)
    if (const auto& each = entry_at(i); !each.redundant()) order.push_back({each.key.high, &each});
  std::sort(order.begin(), order.end(), [](const sorted_entry& a, const sorted_entry& b) {
    return a.high != b.high ? a.high < b.high : a.value->key.low < b.value->key.low;
  });
  return order;
}

void overlay::drop_settled() {
  const auto old = std::exchange(chunks_, {});
  const auto count = std::exchange(size_, 0);
  slots_ = {};
  for (std::size_t i = 0; i < count; ++i) {
    const auto& each = old[i / chunk_entries][i % chunk_entries];
    if (each.state.open > 0) add(each.key) = each;
  }
}

}  // namespace sluice::ledger
