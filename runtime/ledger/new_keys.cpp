#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/ledger/sorted_hashes.hpp"

namespace sluice::ledger {
namespace {

constexpr std::size_t first_key_slots = 1024;
/// While the table doubles, the old and the new one exist side by side.
constexpr std::size_t bytes_per_slot = sizeof(hash128) * 3 / 2;

}  // namespace

/// A hash table in front of sorted runs. A hash of zeros marks a free slot; a flag tells whether
/// the zero hash itself was added.
struct new_keys::impl {
  struct run {
    std::unique_ptr<sorted_hashes> hashes;
    unsigned tier;  ///< 0 as spilled; one more with each compaction
  };

  std::filesystem::path directory;
  std::size_t most_slots = first_key_slots;
  std::vector<hash128> slots;
  std::size_t used = 0;
  bool has_zero = false;
  std::vector<run> runs;  ///< oldest first

  bool add(const hash128& hash) {
    if (hash == hash128{}) return !std::exchange(has_zero, true);
    for (const auto& each : runs)
      if (each.hashes->contains(hash)) return false;
    if ((used + 1) * 4 > slots.size() * 3) make_room();
    auto& slot = slot_of(hash);
    if (slot == hash) return false;
    slot = hash;
    ++used;
    return true;
  }

  hash128& slot_of(const hash128& hash) {
    const auto mask = slots.size() - 1;
    auto at = (hash.low ^ (hash.high * 0x9e3779b97f4a7c15u)) & mask;
    while (slots[at] != hash128{} && slots[at] != hash) at = (at + 1) & mask;
    return slots[at];
  }

  void make_room() {
    if (slots.size() < most_slots) {
      const auto old =
          std::exchange(slots, std::vector<hash128>(std::max(first_key_slots, slots.size() * 2)));
      for (const auto& each : old)
        if (each != hash128{}) slot_of(each) = each;
      return;
    }
    spill();
    for (unsigned tier = 0; merge_last(tier); ++tier) continue;
  }

  void spill() {
    std::sort(slots.begin(), slots.end());
    const auto* at = slots.data() + (slots.size() - used);  // the free ones sort to the front
    const auto* const end = slots.data() + slots.size();
    auto hashes = std::make_unique<sorted_hashes>(system_calls::real(), directory, used,
                                                  [&] { return at == end ? nullptr : at++; });
    runs.push_back({std::move(hashes), 0});
    std::fill(slots.begin(), slots.end(), hash128{});
    used = 0;
  }

  /// Merges the last eight runs into one if all are of `tier`.
  bool merge_last(unsigned tier) {
    if (runs.size() < runs_per_tier) return false;
    const auto first = runs.end() - runs_per_tier;
    if (std::any_of(first, runs.end(), [&](const run& each) { return each.tier != tier; }))
      return false;

    std::array<std::span<const hash128>, runs_per_tier> rest;
    std::uint64_t capacity = 0;
    for (std::size_t i = 0; i < runs_per_tier; ++i) {
      rest[i] = first[static_cast<std::ptrdiff_t>(i)].hashes->all();
      capacity += rest[i].size();
    }
    const auto next = [&]() -> const hash128* {  // runs share no hash
      auto* least = &rest[0];
      for (auto& each : rest)
        if (least->empty() || (!each.empty() && each.front() < least->front())) least = &each;
      if (least->empty()) return nullptr;
      const auto* hash = least->data();
      *least = least->subspan(1);
      return hash;
    };
    auto merged = std::make_unique<sorted_hashes>(system_calls::real(), directory, capacity, next);
    runs.erase(first, runs.end());
    runs.push_back({std::move(merged), tier + 1});
    return true;
  }
};

new_keys::new_keys(std::filesystem::path directory, std::size_t memory_bytes)
    : impl_(std::make_unique<impl>()) {
  impl_->directory = std::move(directory);
  while (impl_->most_slots * 2 * bytes_per_slot <= memory_bytes) impl_->most_slots *= 2;
}

new_keys::~new_keys() = default;

bool new_keys::add(const hash128& key_hash) { return impl_->add(key_hash); }

}  // namespace sluice::ledger
