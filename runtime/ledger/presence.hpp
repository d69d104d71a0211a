// A filter in front of a sorted run of hashes: one bit per 1/(16 n) of the hash range. "Absent" is
// certain, "present" wrong for about one absent key in 16. Bits are in the order of the hashes, so
// the filter is written front to back beside the hashes and needs no memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/names.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/generation_format.hpp"
#include "runtime/ledger/region_writer.hpp"

namespace sluice::ledger {

/// Reads a filter of `bytes`, laid out for as many entries as give this size.
class presence_filter {
 public:
  presence_filter() = default;
  explicit presence_filter(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool exists() const { return !bytes_.empty(); }
  void prefetch(std::uint64_t high) const { __builtin_prefetch(bytes_.data() + bit_of(high) / 8); }
  [[nodiscard]] bool may_contain(std::uint64_t high) const {
    const auto bit = bit_of(high);
    return ((static_cast<unsigned char>(bytes_[bit / 8]) >> (bit % 8)) & 1) != 0;
  }

 private:
  [[nodiscard]] std::uint64_t bit_of(std::uint64_t high) const {
    return scale(high, bytes_.size() * 8);
  }

  std::string_view bytes_;
};

/// Writes a filter of `bytes` in total, from hashes in ascending order.
class presence_writer {
 public:
  presence_writer(file& out, std::uint64_t at, byte_count bytes)
      : region_(out, at), bits_(bytes.number() * 8) {}

  void add(std::uint64_t high) {
    if (bits_ == 0) return;
    const auto bit = scale(high, bits_);
    fill_up_to(bit / 8);
    current_ = static_cast<char>(current_ | (1 << (bit % 8)));
  }
  /// Writes the rest. Call once.
  void finish() {
    fill_up_to(bits_ / 8);
    region_.flush();
  }

 private:
  void fill_up_to(std::uint64_t byte) {
    for (; at_ < byte; ++at_) {
      region_.append({&current_, 1});
      current_ = 0;
    }
  }

  region_writer region_;
  std::uint64_t bits_;
  std::uint64_t at_ = 0;
  char current_ = 0;
};

}  // namespace sluice::ledger
