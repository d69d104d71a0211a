// A run's progress in one line. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "messages/run.hpp"

namespace sluice::cli {

/// The live line: connection, state, elapsed, rows read, rate, deltas, delivered, in flight or
/// rejected; at most `width` columns. Less important parts are left out first; the line never
/// wraps.
std::string live_line(const run_record& run, timestamp now, std::size_t width);

/// The same without a limit, for logs and pipes.
std::string progress_line(const run_record& run, timestamp now);

/// True if the two differ in anything but the time that a progress line shows.
bool shows_change(const run_record& before, const run_record& after);

}  // namespace sluice::cli
