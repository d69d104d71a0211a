#include "runtime/ledger/layers.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "runtime/ledger/generation_writer.hpp"
#include "runtime/ledger/merge_cursor.hpp"

namespace sluice::ledger {
std::vector<const generation*> layers::runs() const {
  std::vector<const generation*> newest_first;
  newest_first.reserve(runs_.size() + 1);
  std::transform(runs_.rbegin(), runs_.rend(), std::back_inserter(newest_first),
                 [](const run& each) { return each.data.get(); });
  return newest_first;
}

std::vector<const generation*> layers::all() const {
  auto newest_first = runs();
  if (base_) newest_first.push_back(base_.get());
  return newest_first;
}

std::uint64_t layers::entries() const {
  std::uint64_t sum = base_ ? base_->entries() : 0;
  for (const auto& each : runs_) sum += each.data->entries();
  return sum;
}

void layers::find(std::span<const hash128> keys, std::span<located> found) const {
  std::array<hash128, generation::block> pending;
  std::array<std::uint32_t, generation::block> origin;
  std::array<std::uint64_t, generation::block> positions;
  const auto newest_first = all();

  for (std::size_t begin = 0; begin < keys.size(); begin += generation::block) {
    auto count = std::min(generation::block, keys.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      pending[i] = keys[begin + i];
      origin[i] = static_cast<std::uint32_t>(i);
      found[begin + i] = {};
    }
    auto first_ordinal = entries();
    for (const auto* layer : newest_first) {
      first_ordinal -= layer->entries();
      layer->find({pending.data(), count}, positions);
      std::size_t left = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (positions[i] == generation::absent) {
          pending[left] = pending[i];
          origin[left++] = origin[i];
          continue;
        }
        const auto& value = layer->at(positions[i]);
        if (value.flags != 0)
          found[begin + origin[i]] = {&value, first_ordinal + positions[i], layer};
      }
      count = left;
      if (count == 0) break;
    }
  }
}

located layers::find(const hash128& key) const {
  located found;
  find({&key, 1}, {&found, 1});
  return found;
}

void layers::recall(batch& deltas) const {
  std::vector<hash128> keys;
  keys.reserve(deltas.size());
  for (std::size_t i = 0; i < deltas.size(); ++i) keys.push_back(deltas[i].key_hash);
  std::vector<located> found(keys.size());
  find(keys, found);
  for (std::size_t i = 0; i < keys.size(); ++i) deltas.remember(i, found[i].remembered());
}

void layers::push(std::shared_ptr<const generation> newest) {
  runs_.push_back({std::move(newest), 0});
}

void layers::compact(system_calls& calls, const std::filesystem::path& directory) {
  for (unsigned tier = 0; runs_.size() >= runs_per_tier; ++tier) {
    const auto first = runs_.end() - runs_per_tier;
    if (std::any_of(first, runs_.end(), [&](const run& each) { return each.tier != tier; })) return;

    std::vector<const generation*> newest_first;
    std::uint64_t capacity = 0;
    for (auto each = runs_.end(); each != first;) {
      newest_first.push_back((--each)->data.get());
      capacity += newest_first.back()->entries();
    }
    generation_writer merged(file::unnamed(calls, directory),
                             {.capacity = capacity, .with_presence = true});
    merge_cursor cursor(newest_first);
    while (cursor.next()) merged.add(cursor.winner(), cursor.packed_key(), cursor.remembered());
    auto data = std::make_shared<const generation>(merged.finish());
    runs_.erase(first, runs_.end());
    runs_.push_back({std::move(data), tier + 1});
  }
}

}  // namespace sluice::ledger
