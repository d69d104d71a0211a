// What the bench measures, as one table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sluice::bench {

/// How often a thing is measured beside the one that it is compared with.
inline constexpr int pairs = 5;

/// One line of the table. Times and rates of a shared machine mean little by themselves: wherever
/// there is something to compare with, the line carries a ratio taken in the same run.
struct figure {
  std::string measure;   ///< what was done
  std::string value;     ///< what it came to
  std::string against;   ///< what else was measured, and what that came to; may be empty
  std::string at_least;  ///< what is wanted; empty where the value only informs
  bool met = true;
};

/// Adds a line, and prints it at once: a bench takes minutes.
void add(figure line);
/// Prints all lines as a Markdown table. Returns the number of those that are not met.
int print_table();

/// Seconds that `work` takes by the clock.
double seconds(const std::function<void()>& work);
/// REQUIRES: `values` is not empty. `share` in 0..1: 0.5 is the median.
double percentile(std::vector<double> values, double share);

/// `rows` in `time` seconds as `1.25 M rows/s` or `830 k rows/s`.
std::string rate(double rows, double time);
/// Adds a line for `ours` against `theirs`, pairs of seconds for `rows` rows each: the ratio is the
/// median of the pairs' ratios, wanted to be at least `wanted`.
void add_ratio(const std::string& measure, double rows, const std::vector<double>& ours,
               const std::string& reference, const std::vector<double>& theirs, double wanted);

/// A line of /proc/PID/status in MiB: `RssAnon` is the memory that no file backs.
double status_mib(int pid, const std::string& what);
/// Processor time of a process and all its threads, in seconds.
double cpu_seconds(int pid);

/// The largest amount of memory that no file backs while a process works, in MiB.
class memory_watch {
 public:
  explicit memory_watch(int pid);
  /// Looks no more, and tells.
  double end();

 private:
  double largest_ = 0;
  std::jthread thread_;
};

/// SLUICE_BENCH_ROWS: rows of the sample table; default 1,000,000.
std::uint64_t sample_rows();

}  // namespace sluice::bench
