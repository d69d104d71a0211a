// The layout of a generation: keys sorted by hash in fixed-size entries, the packed keys themselves
// in a heap behind. Bases and runs share it. Said in words in FORMAT.md.
//
//   header | pages | presence (runs only) | index | heap | heap checksums
//
// All but the heap have a size that follows from the number of entries, so that a generation is
// written in one pass over sorted input with a few small buffers.
#pragma once

#include <array>
#include <cstdint>

#include "messages/hash128.hpp"
#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger {

inline constexpr std::size_t page_bytes = 4096;         ///< unit of checksums, and of alignment
inline constexpr std::size_t heap_block_bytes = 65536;  ///< unit of checksums in the heap
inline constexpr std::size_t presence_bits_per_entry = 16;

enum entry_flags : std::uint32_t {
  flag_acknowledged = 1,
  flag_in_doubt = 2,
  flag_named = 4,      ///< with flag_in_doubt: `fingerprint` is the delivery's name
  flag_remembers = 8,  ///< a text that is remembered for the key follows the key in the heap
};

/// All that is known of one key. An entry without a flag says that the key is no longer known; only
/// runs hold such entries, to hide the entries of older layers.
struct entry {
  hash128 key;          ///< hash of the packed key, or of its identity: see ledger::identify_by
  hash128 fingerprint;  ///< acknowledged value; zero unless flag_acknowledged or flag_named
  /// Of the packed key in the heap: its size (4 bytes), then its bytes. What is remembered for the
  /// key follows in the same form, with flag_remembers.
  std::uint64_t key_at = 0;
  std::uint32_t epoch = 0;  ///< in which the value was acknowledged
  std::uint32_t flags = 0;

  [[nodiscard]] bool acknowledged() const { return (flags & flag_acknowledged) != 0; }
  [[nodiscard]] bool in_doubt() const { return (flags & flag_in_doubt) != 0; }
  [[nodiscard]] bool named() const { return (flags & flag_named) != 0; }
  [[nodiscard]] bool remembers() const { return (flags & flag_remembers) != 0; }
};
static_assert(sizeof(entry) == 48);

inline constexpr std::size_t entries_per_page = page_bytes / sizeof(entry);

/// One per page: its first key, and the checksum of the page, zeros behind the last entry included.
struct page_index {
  hash128 fence;
  std::uint64_t page_checksum = 0;
};
static_assert(sizeof(page_index) == 24);

/// First bytes of the file: everything that does not follow from `capacity`.
struct generation_header {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t has_presence = 0;
  std::uint64_t number = 0;        ///< of the generation
  std::uint64_t capacity = 0;      ///< entries the regions were laid out for
  std::uint64_t entries = 0;       ///< at most `capacity`
  std::uint64_t acknowledged = 0;  ///< entries with flag_acknowledged
  std::uint64_t heap_bytes = 0;
  std::uint64_t index_checksum = 0;
  std::uint64_t heap_checksums_checksum = 0;
  std::uint64_t header_checksum = 0;  ///< of the fields before
};

inline constexpr std::array<char, 8> generation_magic = {'S', 'L', 'U', 'B', 'A', 'S', 'E', '\n'};
inline constexpr std::uint32_t generation_version = 1;
/// Of a generation with an entry that has flag_remembers, so that a program which would lose what
/// is remembered refuses the ledger.
inline constexpr std::uint32_t remembering_version = 2;

/// Offsets of the regions for a capacity and a size of the heap.
struct generation_layout {
  std::uint64_t pages_at;
  std::uint64_t presence_at;
  std::uint64_t presence_bytes;
  std::uint64_t index_at;
  std::uint64_t heap_at;

  generation_layout(std::uint64_t capacity, bool with_presence) {
    const auto pages = (capacity + entries_per_page - 1) / entries_per_page;
    pages_at = page_bytes;
    presence_at = pages_at + pages * page_bytes;
    presence_bytes =
        with_presence ? round_up(capacity * presence_bits_per_entry / 8, page_bytes) : 0;
    index_at = presence_at + presence_bytes;
    heap_at = round_up(index_at + pages * sizeof(page_index), page_bytes);
  }

  [[nodiscard]] std::uint64_t heap_checksums_at(std::uint64_t heap_bytes) const {
    return round_up(heap_at + heap_bytes, 8);
  }
  [[nodiscard]] std::uint64_t file_bytes(std::uint64_t heap_bytes) const {
    return heap_checksums_at(heap_bytes) +
           (heap_bytes + heap_block_bytes - 1) / heap_block_bytes * 8;
  }
};

}  // namespace sluice::ledger
