// The wall clock, injectable: every time in a record comes from a clock that a test can turn.
#pragma once

#include <functional>

#include "messages/timestamp.hpp"

namespace sluice::schedule {

/// Returns the time; may be called from any thread. Wall time may jump: measure durations with
/// std::chrono::steady_clock.
using clock = std::function<timestamp()>;

/// The time of this machine.
timestamp system_now();

}  // namespace sluice::schedule
