// The newest layer: keys that were touched since the last spill, in memory. It holds neither packed
// keys nor what is remembered for them; those are in the journal.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "messages/hash128.hpp"
#include "runtime/ledger/key_state.hpp"

namespace sluice::ledger {

struct overlay_entry {
  /// Of `remembered_at`: what the layers below say.
  static constexpr std::uint64_t as_below = ~std::uint64_t{0};

  hash128 key;
  std::uint64_t key_at = 0;  ///< of the packed key's size in the journal; its bytes follow
  /// The same of the text that is remembered for the key; 0 if there is none.
  std::uint64_t remembered_at = 0;
  key_state state;
  bool changed = false;  ///< the state, without open intents, differs from the layers below

  /// The entry can be dropped without loss.
  [[nodiscard]] bool redundant() const { return !changed && state.open == 0; }
};

/// A hash table whose entries never move, so that it grows without copying them. One thread.
class overlay {
 public:
  /// Memory per entry, what `sorted` needs included.
  static constexpr std::size_t bytes_per_entry = sizeof(overlay_entry) + 12 + 16;

  overlay() = default;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Null if the key is not here. Valid until `drop_settled`.
  [[nodiscard]] overlay_entry* find(const hash128& key);
  /// Begins to load what `find` will look at.
  void prefetch(const hash128& key) const {
    if (!slots_.empty()) __builtin_prefetch(slots_.data() + home_of(key));
  }
  /// Adds a key. REQUIRES: it is not here.
  overlay_entry& add(const hash128& key);

  /// The part of an entry that is sorted, so that most comparisons do not touch the entry itself.
  struct sorted_entry {
    std::uint64_t high;
    const overlay_entry* value;
  };
  /// All entries but redundant ones in the order of their keys. Valid until the next change.
  [[nodiscard]] std::vector<sorted_entry> sorted() const;
  /// Keeps only the entries with open intents: the others were spilled.
  void drop_settled();

 private:
  static constexpr std::size_t chunk_entries = 256;

  [[nodiscard]] overlay_entry& entry_at(std::size_t number) const {
    return chunks_[number / chunk_entries][number % chunk_entries];
  }
  /// The slot where the search for a key begins. Both halves of the hash are used, so keys spread
  /// even if all their `high` or all their `low` are equal.
  [[nodiscard]] std::size_t home_of(const hash128& key) const {
    return (key.low ^ (key.high * 0x9e3779b97f4a7c15u)) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t slot_of(const hash128& key) const;
  void grow();

  std::vector<std::unique_ptr<overlay_entry[]>> chunks_;
  std::size_t size_ = 0;
  std::vector<std::uint32_t> slots_;  ///< number of the entry plus one; 0 is empty
};

}  // namespace sluice::ledger
