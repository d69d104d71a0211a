// How deliveries fare at present.
#pragma once

#include <cstdint>

#include "tests/world/dice.hpp"

namespace sluice::test {

/// Shared by all who deliver to one target. What a draw says depends on what is delivered and how
/// often it was tried, not on when.
struct weather {
  unsigned percent = 0;    ///< of deliveries that go wrong
  std::uint64_t salt = 0;  ///< another one is other weather
  std::uint64_t draws = 0;

  /// What a delivery meets.
  [[nodiscard]] dice next() { return dice(mix(salt, ++draws)); }
};

}  // namespace sluice::test
