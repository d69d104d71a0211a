// Writes one generation from entries in ascending order of their keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ledger/file.hpp"
#include "runtime/ledger/generation_format.hpp"
#include "runtime/ledger/presence.hpp"
#include "runtime/ledger/region_writer.hpp"
#include "runtime/ledger/streamed_hash.hpp"

namespace sluice::ledger {

/// What a generation is laid out for.
struct generation_plan {
  std::uint64_t number = 0;    ///< of a base; runs have none
  std::uint64_t capacity = 0;  ///< entries at most; unused capacity stays a hole in the file
  /// A run is given a presence filter, a base is not: nearly every lookup in a base succeeds.
  bool with_presence = false;
};

/// Memory: four buffers of 64 KiB, and 8 bytes per 64 KiB of keys. One thread.
class generation_writer {
 public:
  /// `out` is empty.
  generation_writer(file out, const generation_plan& plan);

  /// Adds a key behind those added before. `each.key_at` is ignored; flag_remembers is set where
  /// `remembered` is not empty.
  void add(entry each, std::string_view packed_key, std::string_view remembered);
  [[nodiscard]] std::uint64_t entries() const { return header_.entries; }
  /// Writes the rest and the header, and returns the file: complete, not yet synced.
  file finish();

 private:
  void finish_page();
  void append_heap(std::string_view bytes);

  file out_;
  generation_header header_;
  generation_layout layout_;
  region_writer pages_;
  region_writer index_;
  region_writer heap_;
  presence_writer presence_;
  std::string page_;
  hash128 fence_;
  hash128 last_;  ///< key that was added last
  streamed_checksum index_checksum_;
  streamed_checksum heap_block_checksum_;
  std::vector<std::uint64_t> heap_checksums_;
};

}  // namespace sluice::ledger
