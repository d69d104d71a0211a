// Fixed-size structures to and from bytes, and the checksum over bytes. The files are
// little-endian, as is every machine that Sluice runs on, so structures are copied as they are.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "messages/hash128.hpp"

namespace sluice::ledger {

static_assert(std::endian::native == std::endian::little);

template <class T>
[[nodiscard]] T load(const char* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
[[nodiscard]] std::string_view bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>,
                "padding would put undefined bytes into a file");
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
void append(std::string& out, const T& value) {
  out.append(bytes_of(value));
}

/// XXH3, 64 bits.
[[nodiscard]] inline std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 0) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// XXH3, 128 bits.
[[nodiscard]] inline hash128 hash_text(std::string_view text) {
  const auto hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

/// `size` rounded up to a multiple of `unit`.
[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t size, std::uint64_t unit) {
  return (size + unit - 1) / unit * unit;
}

__extension__ using uint128 = unsigned __int128;

/// Where a uniformly distributed value falls among `places` equal parts of its range.
[[nodiscard]] constexpr std::uint64_t scale(std::uint64_t uniform, std::uint64_t places) {
  return static_cast<std::uint64_t>((static_cast<uint128>(uniform) * places) >> 64);
}

}  // namespace sluice::ledger
