#include "runtime/cli/render_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "runtime/cli/humanize.hpp"
#include "runtime/cli/render_run.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {
namespace {

struct part {
  std::string text;
  int rank;  ///< the highest is left out first
};

std::vector<part> parts_of(const run_record& run, timestamp now) {
  std::vector<part> result{
      {printable(run.connection), 1},
      {run.phase && run.state != run_state::postponed ? phase_text(run)
                                                      : std::string{to_string(run.state)},
       0}};
  if (run.state == run_state::postponed) {
    result.push_back({clock_text(elapsed(run, now)), 2});
    result.push_back({"waits for the present run to end", 3});
    return result;
  }
  const auto& n = run.counters;
  const auto reading =
      run.reading_halted_at ? *run.reading_halted_at - run.started_at : elapsed(run, now);
  result.push_back({clock_text(elapsed(run, now)), 2});
  result.push_back({"read " + count_text(n.read), 3});
  result.push_back({rate_text(n.read, reading), 7});
  result.push_back({"deltas " + count_text(n.deltas()), 5});
  result.push_back({"delivered " + count_text(n.delivered), 4});
  // Rejections are shown as soon as there are any.
  result.push_back({"rejected " + count_text(n.rejected), n.rejected > 0 ? 3 : 8});
  if (run.state == run_state::draining)
    result.push_back({"in flight " + count_text(in_flight(run)), 3});
  if (n.invalid > 0) result.push_back({"invalid " + count_text(n.invalid), 6});
  if (n.undelivered > 0) result.push_back({"undelivered " + count_text(n.undelivered), 4});
  return result;
}

std::string join(const std::vector<part>& parts) {
  std::string result;
  for (const auto& p : parts) result += (result.empty() ? "" : "  ") + p.text;
  return result;
}

}  // namespace

std::string live_line(const run_record& run, timestamp now, std::size_t width) {
  auto parts = parts_of(run, now);
  while (parts.size() > 1 && display_width(join(parts)) > width)
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const part& a, const part& b) { return a.rank < b.rank; }));
  return shorten(join(parts), width);
}

std::string progress_line(const run_record& run, timestamp now) { return join(parts_of(run, now)); }

bool shows_change(const run_record& before, const run_record& after) {
  return before.state != after.state || before.phase != after.phase ||
         before.waiting_for != after.waiting_for || !(before.counters == after.counters);
}

}  // namespace sluice::cli
