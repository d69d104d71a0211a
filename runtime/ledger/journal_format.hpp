// The first bytes of a journal. Said in words in FORMAT.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger {

/// Written once, when the journal is begun.
struct journal_header {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t has_base = 0;  ///< 1 if the generation has a base, whose loss is damage
  std::uint64_t generation = 0;
  /// Unique: seeds the checksums, so that a frame of another journal left on the disk is never
  /// taken for a frame of this one. All journals of a ledger have the same high half.
  std::uint64_t number = 0;
  std::uint64_t base_identity = 0;  ///< of the base it continues
  std::uint64_t first_sequence = 0;
  std::uint64_t epoch = 0;  ///< current when the journal was begun
  std::uint64_t header_checksum = 0;
};
static_assert(sizeof(journal_header) == 64);

inline constexpr std::array<char, 8> journal_magic = {'S', 'L', 'U', 'J', 'R', 'N', 'L', '\n'};
inline constexpr std::uint32_t journal_version = 1;

[[nodiscard]] inline std::uint64_t checksum_of(const journal_header& header) {
  return checksum(bytes_of(header).substr(0, offsetof(journal_header, header_checksum)));
}

inline constexpr unsigned history_bits = 32;

/// The number of a ledger, unique among ledgers and the same in all its generations.
[[nodiscard]] constexpr std::uint64_t history_of(const journal_header& header) {
  return header.number >> history_bits;
}
/// The number of a journal that goes on in the history of the journal `before`.
[[nodiscard]] constexpr std::uint64_t same_history(std::uint64_t before, std::uint64_t unique) {
  constexpr auto own = (std::uint64_t{1} << history_bits) - 1;
  return (before & ~own) | (unique & own);
}

}  // namespace sluice::ledger
