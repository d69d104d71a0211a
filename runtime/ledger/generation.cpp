#include "runtime/ledger/generation.hpp"

#include <cstddef>

#include "messages/expect.hpp"
#include "runtime/ledger/errors.hpp"

namespace sluice::ledger {
namespace {

generation_header header_of(const mapping& mapped, const std::filesystem::path& path) {
  if (mapped.size() < page_bytes) fail_corrupt(path, mapped.size(), "the file ends in its header");
  const auto header = load<generation_header>(mapped.data());
  const auto covered = mapped.bytes().substr(0, offsetof(generation_header, header_checksum));
  if (header.magic != generation_magic) fail_corrupt(path, 0, "not a generation of a ledger");
  if (header.header_checksum != checksum(covered)) fail_corrupt(path, 0, "bad header checksum");
  if (header.version != generation_version && header.version != remembering_version)
    fail_format(path, "its format has version " + std::to_string(header.version) +
                          ", and this program knows " + std::to_string(generation_version) +
                          " and " + std::to_string(remembering_version));
  return header;
}

}  // namespace

generation::generation(const file& from)
    : path_(from.path()),
      mapped_(from.map()),
      header_(header_of(mapped_, path_)),
      layout_(header_.capacity, header_.has_presence != 0),
      pages_((header_.entries + entries_per_page - 1) / entries_per_page),
      verified_pages_(pages_),
      verified_heap_(header_.heap_bytes / heap_block_bytes + 1) {
  const auto expected = layout_.file_bytes(header_.heap_bytes);
  if (mapped_.size() != expected)
    fail_corrupt(path_, mapped_.size(),
                 "the file should be " + std::to_string(expected) + " bytes long, but ends");
  index_ = reinterpret_cast<const page_index*>(mapped_.data() + layout_.index_at);
  if (header_.has_presence != 0)
    presence_ =
        presence_filter(mapped_.bytes().substr(layout_.presence_at, layout_.presence_bytes));
  const auto index = mapped_.bytes().substr(layout_.index_at, pages_ * sizeof(page_index));
  if (checksum(index) != header_.index_checksum)
    fail_corrupt(path_, layout_.index_at, "bad index checksum");
  const auto sums_at = layout_.heap_checksums_at(header_.heap_bytes);
  if (checksum(mapped_.bytes().substr(sums_at)) != header_.heap_checksums_checksum)
    fail_corrupt(path_, sums_at, "bad checksum of the heap's checksums");
}

std::uint64_t generation::entries_in(std::uint64_t page_number) const {
  return page_number + 1 < pages_ ? entries_per_page
                                  : header_.entries - page_number * entries_per_page;
}

const entry* generation::page(std::uint64_t number) const {
  const auto at = layout_.pages_at + number * page_bytes;
  const char* data = mapped_.data() + at;
  if (!verified_pages_.contains(number)) {
    if (checksum({data, page_bytes}) != index_[number].page_checksum)
      fail_corrupt(path_, at, "bad page checksum");
    verified_pages_.insert(number);
  }
  return reinterpret_cast<const entry*>(data);
}

const entry& generation::at(std::uint64_t position) const {
  expect(position < entries(), "read ledger", "an entry at this position");
  return page(position / entries_per_page)[position % entries_per_page];
}

/// The last page whose fence is not behind `key`; `absent` if all are. The hashes are uniformly
/// distributed, so the guess is off by some square root of the number of pages; the search then
/// doubles its steps, which also bounds it when the hashes are not uniform at all.
std::uint64_t generation::page_of(const hash128& key) const {
  const auto guess = scale(key.high, pages_);
  std::uint64_t low = 0;  // the answer is in [low, high), if any
  std::uint64_t high = pages_;
  if (index_[guess].fence <= key) {
    low = guess;
    for (std::uint64_t step = 1; low + step < pages_; step *= 2) {
      if (key < index_[low + step].fence) {
        high = low + step;
        break;
      }
      low += step;
    }
  } else {
    high = guess;
    for (std::uint64_t step = 1; high > 0; step *= 2) {
      const auto probe = high > step ? high - step : 0;
      if (index_[probe].fence <= key) {
        low = probe;
        break;
      }
      high = probe;
    }
    if (high == 0) return absent;
  }
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    if (key < index_[middle].fence)
      high = middle;
    else
      low = middle;
  }
  return low;
}

std::uint64_t generation::guess_in_page(std::uint64_t page_number, const hash128& key) const {
  const auto from = index_[page_number].fence.high;
  const auto to = page_number + 1 < pages_ ? index_[page_number + 1].fence.high : ~std::uint64_t{0};
  if (to <= from) return 0;
  const auto share = static_cast<double>(key.high - from) / static_cast<double>(to - from);
  const auto count = entries_in(page_number);
  const auto guess = static_cast<std::uint64_t>(share * static_cast<double>(count));
  return guess < count ? guess : count - 1;
}

std::uint64_t generation::find_in_page(std::uint64_t page_number, const hash128& key) const {
  const auto* entries = page(page_number);
  const auto count = entries_in(page_number);
  auto i = guess_in_page(page_number, key);
  if (entries[i].key < key) {
    do ++i;
    while (i < count && entries[i].key < key);
    if (i == count) return absent;
  } else {
    while (i > 0 && key <= entries[i - 1].key) --i;
  }
  return entries[i].key == key ? page_number * entries_per_page + i : absent;
}

void generation::find(std::span<const hash128> keys, std::span<std::uint64_t> positions) const {
  // Three passes over the block, so that the cache misses of all its keys overlap: first the filter
  // and the index, then the entry, then the comparison.
  const auto count = keys.size();
  expect(positions.size() >= count, "look up keys", "room for each position");
  if (header_.entries == 0) {
    for (auto& each : positions.first(count)) each = absent;
    return;
  }
  for (const auto& key : keys) {
    if (presence_.exists()) presence_.prefetch(key.high);
    __builtin_prefetch(index_ + scale(key.high, pages_));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto& key = keys[i];
    positions[i] = presence_.exists() && !presence_.may_contain(key.high) ? absent : page_of(key);
    if (positions[i] == absent) continue;
    const auto guess = guess_in_page(positions[i], key);
    const char* likely =
        mapped_.data() + layout_.pages_at + positions[i] * page_bytes + guess * sizeof(entry);
    // The guess is off by about four entries on average: three cache lines to either side.
    __builtin_prefetch(likely);
    __builtin_prefetch(likely + 64);
    __builtin_prefetch(likely + 128);
    __builtin_prefetch(likely - 64);
    __builtin_prefetch(likely - 128);
  }
  for (std::size_t i = 0; i < count; ++i)
    if (positions[i] != absent) positions[i] = find_in_page(positions[i], keys[i]);
}

void generation::verify_heap(std::uint64_t begin, std::uint64_t end) const {
  const auto sums_at = layout_.heap_checksums_at(header_.heap_bytes);
  for (auto number = begin / heap_block_bytes; number * heap_block_bytes < end; ++number) {
    if (verified_heap_.contains(number)) continue;
    const auto at = number * heap_block_bytes;
    const auto size = std::min<std::uint64_t>(heap_block_bytes, header_.heap_bytes - at);
    const auto expected = load<std::uint64_t>(mapped_.data() + sums_at + number * 8);
    if (checksum({mapped_.data() + layout_.heap_at + at, size}) != expected)
      fail_corrupt(path_, layout_.heap_at + at, "bad checksum of keys");
    verified_heap_.insert(number);
  }
}

std::string_view generation::sized_bytes(std::uint64_t at) const {
  constexpr std::uint64_t prefix = sizeof(std::uint32_t);
  if (at + prefix > header_.heap_bytes)
    fail_corrupt(path_, layout_.heap_at, "an entry's key lies outside the heap");
  verify_heap(at, at + prefix);
  const char* stored = mapped_.data() + layout_.heap_at + at;
  const auto size = load<std::uint32_t>(stored);
  if (at + prefix + size > header_.heap_bytes)
    fail_corrupt(path_, layout_.heap_at, "an entry's key ends outside the heap");
  verify_heap(at, at + prefix + size);
  return {stored + prefix, size};
}

std::string_view generation::packed_key(const entry& of) const { return sized_bytes(of.key_at); }

std::string_view generation::remembered(const entry& of) const {
  if (!of.remembers()) return {};
  return sized_bytes(of.key_at + sizeof(std::uint32_t) + packed_key(of).size());
}

}  // namespace sluice::ledger
