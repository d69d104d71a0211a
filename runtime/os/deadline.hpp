// The time that is left.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::os {

/// Whole milliseconds until the deadline, rounded up, so that a wait does not end too early; 0 if
/// the deadline has passed. REQUIRES: not `time_point::max()`.
[[nodiscard]] inline std::chrono::milliseconds left_until(
    std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<milliseconds>(left), milliseconds{0});
}

}  // namespace sluice::os
