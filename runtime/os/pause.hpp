// Waiting that can be interrupted.
#pragma once

#include <chrono>
#include <stop_token>

namespace sluice::os {

/// Sleeps for `time`, or until `stop` is requested. Returns false if it is.
bool sleep_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace sluice::os
