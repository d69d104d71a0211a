// Plays a story with a real node: supervisors, readers, writers, ledgers and catalog.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/world/story.hpp"

namespace sluice::test {

/// How a story ended.
struct ending {
  std::string broken;                 ///< the promise that was not kept; empty: all were
  std::vector<std::string> happened;  ///< step by step, for people
};

/// Plays the steps, then lets everything calm down, and looks: every target is as source and mode
/// say, and the run after that delivers nothing.
[[nodiscard]] ending play(const story& told);

}  // namespace sluice::test
