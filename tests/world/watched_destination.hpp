// The way into a target, as bad as its weather, and watched.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/destinations/destination.hpp"
#include "tests/world/older_state.hpp"
#include "tests/world/story.hpp"
#include "tests/world/weather.hpp"
#include "tests/world/witness.hpp"

namespace sluice::test {

/// What all ways into one target share.
struct watch {
  explicit watch(const connection_plan& of) : plan(of) {}

  const connection_plan& plan;
  witness seen;
  older_state older;
  weather now;
  std::uint64_t deliveries = 0;
  /// Whether whoever delivers lives: the dead deliver nothing.
  std::function<bool()> alive = [] { return true; };
};

/// `way` as it is seen from the engine. An API has weather of its own.
std::unique_ptr<destinations::destination> watched(std::unique_ptr<destinations::destination> way,
                                                   watch& by);

}  // namespace sluice::test
