// One run as text. Pure: depends on record, time and palette only.
#pragma once

#include <string>

#include "messages/run.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// The whole run: type and result, counters, stop and drain, warnings, and the error with its hint.
/// Several lines, each ending with a break.
std::string run_text(const run_record& run, timestamp now, const palette& paint);

/// The same for a run that has ended, with the type of the next run.
std::string summary_text(const run_record& run, timestamp now, const palette& paint);

/// True if the next run, if full, goes on where this one ended.
bool is_continued(const run_record& run);

/// One line about a run that has just begun.
std::string started_text(const run_record& run);

/// The effect of a `stop`: how much is in flight, and whether it is drained or abandoned. Several
/// lines.
std::string stopping_text(const run_record& run, bool abandoned, const palette& paint);

/// The question before a stop, ending with `[y/N] `.
std::string stop_question(const run_record& run, bool abandon, timestamp now);

/// The state in words and in its colour.
std::string state_text(const run_record& run, const palette& paint);

/// The activity of an active run: `reading`, `waiting for node b`. REQUIRES: the run has a phase.
std::string phase_text(const run_record& run);

/// Deltas handed to the writers and not settled yet.
std::uint64_t in_flight(const run_record& run);

/// From the start to the end, or to now.
std::chrono::milliseconds elapsed(const run_record& run, timestamp now);

}  // namespace sluice::cli
