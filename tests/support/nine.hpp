// When tests think that it is.
#pragma once

#include <chrono>

#include "messages/timestamp.hpp"

namespace sluice::test {

/// 2026-01-31 09:00:00Z.
inline constexpr timestamp nine{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} +
                                std::chrono::hours(9)};

}  // namespace sluice::test
