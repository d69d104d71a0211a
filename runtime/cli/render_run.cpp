#include "runtime/cli/render_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "messages/expect.hpp"
#include "runtime/cli/humanize.hpp"
#include "runtime/cli/labelled_lines.hpp"
#include "runtime/cli/reason.hpp"

namespace sluice::cli {

bool is_continued(const run_record& run) {
  return run.type == run_type::full &&
         (run.state == run_state::stopped || run.state == run_state::failed ||
          run.state == run_state::interrupted);
}

namespace {

/// `full run 01JD…`
std::string name_of(const run_record& run) {
  return fmt::format("{} run {}", to_string(run.type), printable(run.run));
}

std::string headline(const run_record& run, timestamp now, const palette& paint) {
  const auto took = duration_text(elapsed(run, now));
  std::string how;
  switch (run.state) {
    case run_state::postponed:
      how = "waits for the present run to end";
      break;
    case run_state::running:
    case run_state::draining:
      how = fmt::format("{} for {}", to_string(run.state), took);
      break;
    case run_state::succeeded:
      how = fmt::format("{} in {}", state_in_words(run), took);
      break;
    case run_state::skipped:
      how = "skipped: another run was active when it was due";
      break;
    case run_state::stopped:
    case run_state::failed:
    case run_state::interrupted:
      how = fmt::format("{} after {}", to_string(run.state), took);
      break;
  }
  const bool bad = run.state == run_state::failed || run.state == run_state::interrupted;
  const bool good = run.state == run_state::succeeded && run.counters.failures() == 0;
  return fmt::format("{}: {} {}\n", paint.bold(printable(run.connection)), name_of(run),
                     bad    ? paint.red(how)
                     : good ? paint.green(how)
                            : paint.yellow(how));
}

void add_counters(labelled_lines& lines, const run_record& run, timestamp now) {
  const auto& n = run.counters;
  const auto reading = (run.reading_halted_at ? *run.reading_halted_at
                        : run.finished_at     ? *run.finished_at
                                              : now) -
                       run.started_at;
  lines.add_count("read", n.read,
                  fmt::format("unchanged {}, invalid {}; {}", count_text(n.unchanged),
                              count_text(n.invalid), rate_text(n.read, reading)));
  if (n.fetched_rows > 0)
    lines.add_count("fetched", n.fetched_rows, bytes_text(n.fetched_bytes) + " over the wire");
  lines.add_count("deltas", n.deltas(),
                  fmt::format("inserts {}, updates {}, deletes {}", count_text(n.inserts),
                              count_text(n.updates), count_text(n.deletes)));
  lines.add_count("delivered", n.delivered,
                  has_ended(run.state) ? "" : count_text(in_flight(run)) + " in flight");
  const bool listed = n.rejected + n.invalid > 0;
  lines.add_count("rejected", n.rejected,
                  listed ? "see `sluice rejected " + printable(run.connection) + "`" : "");
  lines.add_count("undelivered", n.undelivered,
                  n.undelivered > 0 ? "not acknowledged: part of the next run" : "");
}

/// The expected rest of the drain, if it is known.
std::string expected_text(const run_record& run) {
  if (!run.drain_expected) return "";
  return ", about " + duration_text(*run.drain_expected) +
         " more at the rate that the destination allows";
}

void add_stop(labelled_lines& lines, const run_record& run, timestamp now) {
  if (!run.stop_requested_at) return;
  const auto asked = *run.stop_requested_at;
  const auto by = run.stopped_by.empty() ? "" : " by " + printable(run.stopped_by);
  const auto halted =
      run.reading_halted_at
          ? "reading halted " + duration_text(*run.reading_halted_at - asked) + " later"
          : std::string("reading has not halted yet");
  lines.add("stop", fmt::format("asked at {}{}, {}", time_text(asked), by, halted));
  if (!run.in_flight_at_stop) return;
  const auto& n = run.counters;
  const auto flying = *run.in_flight_at_stop;
  if (!has_ended(run.state))
    lines.add("drain", fmt::format("{} in flight at the stop, {} left; {} so far{}",
                                   count_text(flying, "delta"), count_text(in_flight(run)),
                                   duration_text(now - asked), expected_text(run)));
  else if (flying == 0 && n.undelivered == 0)
    lines.add("drain", "nothing was in flight at the stop");
  else
    lines.add("drain", fmt::format("{} in flight at the stop; {} undelivered; drained in {}",
                                   count_text(flying, "delta"), count_text(n.undelivered),
                                   duration_text(run.finished_at.value_or(now) - asked)));
}

/// The consequences of the run's end for the next run.
std::string next_text(const run_record& run) {
  if (run.state == run_state::succeeded)
    return run.counters.failures() > 0 ? "incremental; this one succeeded, but for the rows above"
                                       : "incremental";
  if (is_continued(run))
    return fmt::format("full, continuing this one{}: what is delivered is not sent again",
                       run.epoch > 0 ? fmt::format(" (epoch {})", run.epoch) : "");
  return "incremental, with everything this one did not deliver";
}

void add_error(labelled_lines& lines, const error& e, const palette& paint) {
  if (!e) return;
  lines.add("error", paint.red(printable(without_page(e.message()))));
  if (!e.hint.empty()) lines.add("hint", printable(e.hint));
}

labelled_lines lines_of(const run_record& run, timestamp now, const palette& paint) {
  labelled_lines lines;
  lines.add("started",
            fmt::format("{}, {}{}{}", time_text(run.started_at), to_string(run.trigger),
                        run.requested_by.empty() ? "" : " by " + printable(run.requested_by),
                        run.epoch > 0 ? fmt::format(", epoch {}", run.epoch) : ""));
  if (!run.about.empty()) lines.add("about", printable(run.about));
  if (!run.reason.empty()) lines.add("full since", printable(run.reason));
  if (run.continues) lines.add("continues", printable(*run.continues));
  if (run.state != run_state::postponed && run.state != run_state::skipped) {
    add_counters(lines, run, now);
    add_stop(lines, run, now);
  }
  for (const auto& warning : run.warnings) lines.add("warning", paint.yellow(printable(warning)));
  add_error(lines, run.failed, paint);
  return lines;
}

}  // namespace

std::uint64_t in_flight(const run_record& run) {
  const auto& n = run.counters;
  return n.deltas() - std::min(n.deltas(), n.settled());
}

std::chrono::milliseconds elapsed(const run_record& run, timestamp now) {
  return std::max(run.finished_at.value_or(now) - run.started_at, milliseconds{0});
}

std::string state_text(const run_record& run, const palette& paint) {
  const auto words = state_in_words(run);
  switch (run.state) {
    case run_state::succeeded:
      return run.counters.failures() > 0 ? paint.yellow(words) : paint.green(words);
    case run_state::failed:
    case run_state::interrupted:
      return paint.red(words);
    case run_state::postponed:
    case run_state::running:
    case run_state::draining:
    case run_state::stopped:
    case run_state::skipped:
      return paint.yellow(words);
  }
  return std::string{words};
}

std::string phase_text(const run_record& run) {
  expect(run.phase.has_value(), "show run", "a run with a phase");
  if (*run.phase == run_phase::waiting && !run.waiting_for.empty())
    return "waiting for " + printable(run.waiting_for);
  return std::string{to_string(*run.phase)};
}

std::string run_text(const run_record& run, timestamp now, const palette& paint) {
  return headline(run, now, paint) + lines_of(run, now, paint).render();
}

std::string summary_text(const run_record& run, timestamp now, const palette& paint) {
  auto lines = lines_of(run, now, paint);
  if (run.state != run_state::skipped) lines.add("next run", next_text(run));
  return headline(run, now, paint) + lines.render();
}

std::string started_text(const run_record& run) {
  const auto what = printable(run.connection) + ": " + name_of(run);
  if (run.state == run_state::postponed) return what + " waits for the present run to end";
  if (run.continues) return what + " started; it continues " + printable(*run.continues);
  return what + " started";
}

std::string stopping_text(const run_record& run, bool abandoned, const palette& paint) {
  const auto what = paint.bold(printable(run.connection)) + ": " + name_of(run);
  if (run.state == run_state::postponed) return what + " will not start\n";
  if (has_ended(run.state)) return fmt::format("{} {}\n", what, state_text(run, paint));
  const auto flying = run.in_flight_at_stop.value_or(in_flight(run));
  labelled_lines lines;
  lines.add("reading", run.reading_halted_at ? "halted" : "is being halted");
  if (abandoned)
    lines.add("drain", "abandoned: " + count_text(flying, "delta") +
                           " in flight stay undelivered and are part of the next run");
  else
    lines.add("drain",
              count_text(flying, "delta") + " in flight are being delivered" + expected_text(run));
  lines.add("follow", "`sluice status " + printable(run.connection) + "`");
  return what + " is stopping\n" + lines.render();
}

std::string stop_question(const run_record& run, bool abandon, timestamp now) {
  return fmt::format(
      "{}: {} has been {} for {}: {} read, {} delivered, {} in flight.\n"
      "{} The next run goes on from there.\nStop it? [y/N] ",
      printable(run.connection), name_of(run), to_string(run.state),
      duration_text(elapsed(run, now)), count_text(run.counters.read),
      count_text(run.counters.delivered), count_text(in_flight(run)),
      abandon ? "Reading halts, and what is in flight is abandoned."
              : "Reading halts, and what is in flight is delivered.");
}

}  // namespace sluice::cli
