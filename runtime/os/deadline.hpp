// How long there is yet.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::os {

/// Whole milliseconds, rounded up, so that whoever waits for them does not look too early; 0 if it
/// has passed. REQUIRES: not `time_point::max()`.
[[nodiscard]] inline std::chrono::milliseconds left_until(
    std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<milliseconds>(left), milliseconds{0});
}

}  // namespace sluice::os
