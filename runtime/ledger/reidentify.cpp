#include "runtime/ledger/reidentify.hpp"

#include <algorithm>
#include <utility>

#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/merge_cursor.hpp"

namespace sluice::ledger {
namespace {

constexpr std::size_t fewest_gathered = 16;
/// Keys between two looks at the stop token.
constexpr std::uint64_t keys_per_stop_check = 4096;

/// The entry of a key that replaces several keys.
entry in_doubt(entry one) {
  one.fingerprint = {};
  one.epoch = 0;
  one.flags = flag_in_doubt;
  return one;
}

/// Adds the keys of `runs` in their order, each once. False once `stop` is requested.
bool merge_runs(const std::vector<const generation*>& runs, generation_writer& out,
                const std::stop_token& stop) {
  merge_cursor cursor(runs);
  for (std::uint64_t passed = 0; cursor.next(); ++passed) {
    if (passed % keys_per_stop_check == 0 && stop.stop_requested()) return false;
    const bool several = cursor.occurrences().size() > 1;
    out.add(several ? in_doubt(cursor.winner()) : cursor.winner(), cursor.packed_key(),
            cursor.remembered());
  }
  return true;
}

}  // namespace

reidentification::reidentification(system_calls& calls, std::filesystem::path directory,
                                   std::size_t memory_bytes)
    : calls_(&calls),
      directory_(std::move(directory)),
      most_gathered_(std::max(memory_bytes / sizeof(gathered), fewest_gathered)) {}

bool reidentification::read(const layers& old, const key_hasher& hash_of,
                            const std::stop_token& stop) {
  merge_cursor cursor(old.all());
  for (std::uint64_t passed = 0; cursor.next(); ++passed) {
    if (passed % keys_per_stop_check == 0 && stop.stop_requested()) return false;
    auto value = cursor.winner();
    if (value.flags == 0) continue;
    const auto packed_key = cursor.packed_key();
    value.key = hash_of(packed_key);
    gathered_.push_back({value, packed_key, cursor.remembered()});
    if (gathered_.size() == most_gathered_) spill();
  }
  spill();
  return true;
}

bool reidentification::write(generation_writer& out, const std::stop_token& stop) {
  std::vector<const generation*> all;
  for (const auto& tier : tiers_)
    for (const auto& run : tier) all.push_back(run.get());
  return merge_runs(all, out, stop);
}

void reidentification::spill() {
  if (gathered_.empty()) return;
  std::sort(gathered_.begin(), gathered_.end(),
            [](const gathered& a, const gathered& b) { return a.value.key < b.value.key; });
  generation_writer run(file::unnamed(*calls_, directory_),
                        {.capacity = gathered_.size(), .with_presence = true});
  for (auto each = gathered_.begin(); each != gathered_.end();) {
    const auto next = std::find_if(each, gathered_.end(), [&](const gathered& other) {
      return other.value.key != each->value.key;
    });
    run.add(next - each > 1 ? in_doubt(each->value) : each->value, each->packed_key,
            each->remembered);
    each = next;
  }
  gathered_.clear();
  add_run(std::make_shared<const generation>(run.finish()), 0);
}

void reidentification::add_run(std::shared_ptr<const generation> run, std::size_t tier) {
  if (tiers_.size() <= tier) tiers_.resize(tier + 1);
  tiers_[tier].push_back(std::move(run));
  if (tiers_[tier].size() < runs_per_tier) return;
  const auto full = std::exchange(tiers_[tier], {});
  std::vector<const generation*> runs;
  std::uint64_t capacity = 0;
  for (const auto& each : full) {
    runs.push_back(each.get());
    capacity += each->entries();
  }
  generation_writer merged(file::unnamed(*calls_, directory_),
                           {.capacity = capacity, .with_presence = true});
  merge_runs(runs, merged, {});
  add_run(std::make_shared<const generation>(merged.finish()), tier + 1);
}

}  // namespace sluice::ledger
