// One run in words. Pure: the record, the time and the palette decide.
#pragma once

#include <string>

#include "messages/run.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// The whole run: what it is and how it went, its counters, stop and drain, warnings, the error
/// with its hint. Several lines, each ending with a break.
std::string run_text(const run_record& run, timestamp now, const palette& paint);

/// The same for a run that has ended, and what follows from it: what the next run will be.
std::string summary_text(const run_record& run, timestamp now, const palette& paint);

/// True if the next run, should it be full, goes on where this one ended.
bool is_continued(const run_record& run);

/// What has just begun, in one line.
std::string started_text(const run_record& run);

/// What `stop` set in motion: how much is in flight and what becomes of it. Several lines.
std::string stopping_text(const run_record& run, bool abandoned, const palette& paint);

/// What a person is asked to agree to before a stop, ending with `[y/N] `.
std::string stop_question(const run_record& run, bool abandon, timestamp now);

/// The state in words and in its colour.
std::string state_text(const run_record& run, const palette& paint);

/// What an active run does: `reading`, `waiting for node b`. REQUIRES: it has a phase.
std::string phase_text(const run_record& run);

/// Deltas handed to the writers and not settled yet.
std::uint64_t in_flight(const run_record& run);

/// From the start to the end, or to now.
std::chrono::milliseconds elapsed(const run_record& run, timestamp now);

}  // namespace sluice::cli
