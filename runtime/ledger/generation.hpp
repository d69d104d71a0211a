// Reads one generation: lookup by key hash in blocks, entries by position, packed keys.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/ledger/file.hpp"
#include "runtime/ledger/generation_format.hpp"
#include "runtime/ledger/presence.hpp"

namespace sluice::ledger {

/// One bit per block of a file, set once the block was found good. Any thread; two may check a
/// block at once.
class verified_blocks {
 public:
  explicit verified_blocks(std::uint64_t blocks)
      : words_(std::make_unique<std::atomic<std::uint64_t>[]>(blocks / 64 + 1)) {}

  [[nodiscard]] bool contains(std::uint64_t block) const {
    return ((words_[block / 64].load(std::memory_order_relaxed) >> (block % 64)) & 1) != 0;
  }
  void insert(std::uint64_t block) {
    words_[block / 64].fetch_or(std::uint64_t{1} << (block % 64), std::memory_order_relaxed);
  }

 private:
  std::unique_ptr<std::atomic<std::uint64_t>[]> words_;
};

/// An immutable generation, mapped. Header and index are verified when it is opened, pages and keys
/// when they are first touched; a wrong checksum throws `failure` (ledger_corrupt). Thread safe.
class generation {
 public:
  static constexpr std::uint64_t absent = ~std::uint64_t{0};
  /// `find` overlaps the page touches of this many keys.
  static constexpr std::size_t block = 256;

  /// Maps a finished generation; `from` may be closed afterwards.
  explicit generation(const file& from);

  [[nodiscard]] std::uint64_t number() const { return header_.number; }
  [[nodiscard]] std::uint64_t entries() const { return header_.entries; }
  [[nodiscard]] std::uint64_t acknowledged() const { return header_.acknowledged; }
  [[nodiscard]] std::uint64_t file_bytes() const { return mapped_.size(); }
  /// The checksum of the header, which no other generation has.
  [[nodiscard]] std::uint64_t identity() const { return header_.header_checksum; }

  /// Position of each key, or `absent`. REQUIRES: at most `block` keys; as many positions.
  void find(std::span<const hash128> keys, std::span<std::uint64_t> positions) const;
  /// Entries are in ascending order of their keys. REQUIRES: `position` < entries().
  [[nodiscard]] const entry& at(std::uint64_t position) const;
  /// Valid as long as the generation.
  [[nodiscard]] std::string_view packed_key(const entry& of) const;
  /// What is remembered for the key; empty if there is nothing. Valid as long as the generation.
  [[nodiscard]] std::string_view remembered(const entry& of) const;

 private:
  [[nodiscard]] const entry* page(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t entries_in(std::uint64_t page_number) const;
  [[nodiscard]] std::uint64_t page_of(const hash128& key) const;
  [[nodiscard]] std::uint64_t guess_in_page(std::uint64_t page_number, const hash128& key) const;
  [[nodiscard]] std::uint64_t find_in_page(std::uint64_t page_number, const hash128& key) const;
  void verify_heap(std::uint64_t begin, std::uint64_t end) const;
  /// The bytes in the heap whose size (4 bytes) is at `at`.
  [[nodiscard]] std::string_view sized_bytes(std::uint64_t at) const;

  std::filesystem::path path_;
  mapping mapped_;
  generation_header header_;
  generation_layout layout_;
  std::uint64_t pages_;
  const page_index* index_ = nullptr;
  presence_filter presence_;
  mutable verified_blocks verified_pages_;
  mutable verified_blocks verified_heap_;
};

}  // namespace sluice::ledger
