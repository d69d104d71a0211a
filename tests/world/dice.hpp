// Chance that is the same everywhere: what a seed draws depends on nothing but the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace sluice::test {

/// Mixes two numbers into one that has nothing to do with either.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  auto x = a + 0x9e3779b97f4a7c15u * (b + 1);  // the finalizer of SplitMix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// The same of a text (FNV-1a).
[[nodiscard]] constexpr std::uint64_t mix(std::string_view text) {
  std::uint64_t x = 0xcbf29ce484222325u;
  for (const char c : text) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return x;
}

/// A sequence of draws.
class dice {
 public:
  explicit dice(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t draw() { return mix(seed_, ++draws_); }
  /// From 0 up to `n` - 1.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(draw() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// One of the elements.
  template <class Range>
  const auto& one_of(const Range& from) {
    return from[below(static_cast<std::uint32_t>(std::size(from)))];
  }

 private:
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
};

}  // namespace sluice::test
