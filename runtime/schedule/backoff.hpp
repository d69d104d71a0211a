// Waits between attempts: exponential with full jitter.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>

namespace sluice::schedule {

struct backoff_range {
  std::chrono::milliseconds base;
  std::chrono::milliseconds cap;
};

/// The wait before attempt `failures` + 1: `random` (0 to 1) of the base doubled for every failure
/// after the first, at most the cap. Jitter from zero on keeps clients that failed together from
/// coming back together.
[[nodiscard]] inline std::chrono::milliseconds backoff(std::uint32_t failures, backoff_range range,
                                                       double random) {
  const auto [base, cap] = range;
  auto longest = std::min(base, cap);
  for (std::uint32_t i = 1; i < failures && longest < cap; ++i)
    longest = std::min(longest * 2, cap);
  return std::chrono::duration_cast<std::chrono::milliseconds>(longest * random);
}

/// Numbers from 0 up to 1 for the jitter, different in every process. Copies share the engine; one
/// thread.
[[nodiscard]] inline std::function<double()> random_numbers() {
  return [engine = std::make_shared<std::mt19937_64>(std::random_device{}())] {
    return std::uniform_real_distribution<double>(0, 1)(*engine);
  };
}

}  // namespace sluice::schedule
