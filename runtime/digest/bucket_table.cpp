#include "runtime/digest/bucket_table.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::digest {
namespace {

/// Whether the source has the rows of an index, for all that is known.
bool has_rows(const source::digest& said, const source::digest& index) {
  return said.unhashed == 0 && said.rows == index.rows && said.combined == index.combined;
}

}  // namespace

bucket_table::bucket_table(source::combination how, unsigned bits, source::bucket_set within)
    : how_(how), bits_(bits), within_(std::move(within)) {
  expect(within_.bits <= bits_ && bits_ <= source::most_bucket_bits, "compare digests",
         "buckets that are parts of the earlier ones");
  slots_.resize(source::count_buckets(bits_, within_));
}

std::optional<std::size_t> bucket_table::slot_of(std::uint32_t bucket) const {
  if (within_.bits == 0) return bucket;
  const auto finer = bits_ - within_.bits;
  const auto parent = bucket >> finer;
  const auto found = std::lower_bound(within_.numbers.begin(), within_.numbers.end(), parent);
  if (found == within_.numbers.end() || *found != parent) return std::nullopt;
  const auto position = static_cast<std::size_t>(found - within_.numbers.begin());
  return (position << finer) + (bucket & ((1u << finer) - 1));
}

std::uint32_t bucket_table::bucket_at(std::size_t slot) const {
  if (within_.bits == 0) return static_cast<std::uint32_t>(slot);
  const auto finer = bits_ - within_.bits;
  return (within_.numbers[slot >> finer] << finer) +
         static_cast<std::uint32_t>(slot & ((std::size_t{1} << finer) - 1));
}

void bucket_table::add(const entry& x, bool settled) {
  const auto slot = slot_of(source::bucket_of(x.source_key, bits_));
  if (!slot) return;
  slots_[*slot].add(how_, x.source_row);
  if (!settled) ++slots_[*slot].unhashed;
}

difference bucket_table::against(std::span<const source::bucket_digest> source) const {
  difference found{.buckets = {.bits = bits_}};
  auto theirs = source.begin();
  const source::digest nothing;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const auto bucket = bucket_at(slot);
    const auto* said = &nothing;
    if (theirs != source.end() && theirs->bucket == bucket) said = &(theirs++)->of;
    const bool same_rows = has_rows(*said, slots_[slot]);
    if (same_rows && slots_[slot].unhashed == 0) continue;
    found.same_rows = found.same_rows && same_rows;
    found.buckets.numbers.push_back(bucket);
    found.source_rows += said->rows;
  }
  expect(theirs == source.end(), "compare digests", "digests of the buckets that were asked for");
  return found;
}

}  // namespace sluice::digest
