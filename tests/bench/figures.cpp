#include "tests/bench/figures.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sluice::bench {
namespace {

std::vector<figure>& lines() {
  static std::vector<figure> all;
  return all;
}

std::string text(const figure& line) {
  const auto* verdict = line.at_least.empty() ? "" : line.met ? "yes" : "**no**";
  return fmt::format("| {} | {} | {} | {} | {} |", line.measure, line.value, line.against,
                     line.at_least, verdict);
}

}  // namespace

void add(figure line) {
  fmt::print("{}\n", text(line));
  lines().push_back(std::move(line));
}

int print_table() {
  fmt::print("\n| measure | figure | against | wanted | met |\n| --- | --- | --- | --- | --- |\n");
  for (const auto& line : lines()) fmt::print("{}\n", text(line));
  return static_cast<int>(
      std::count_if(lines().begin(), lines().end(), [](const figure& f) { return !f.met; }));
}

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(last * share + 0.5)];
}

std::string rate(double rows, double time) {
  const auto per_second = rows / time;
  return per_second >= 1e6 ? fmt::format("{:.2f} M rows/s", per_second / 1e6)
                           : fmt::format("{:.0f} k rows/s", per_second / 1e3);
}

void add_ratio(const std::string& measure, double rows, const std::vector<double>& ours,
               const std::string& reference, const std::vector<double>& theirs, double wanted) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(theirs[i] / ours[i]);
  const auto ratio = percentile(ratios, 0.5);
  add({measure, fmt::format("{:.2f} ({})", ratio, rate(rows, percentile(ours, 0.5))),
       fmt::format("{}: {}", reference, rate(rows, percentile(theirs, 0.5))),
       fmt::format("{:.1f}", wanted), ratio >= wanted});
}

double status_mib(int pid, const std::string& what) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;)
    if (word == what + ":") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

double cpu_seconds(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));  // past the name, field 3 is next
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

memory_watch::memory_watch(int pid)
    : thread_([this, pid](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          largest_ = std::max(largest_, status_mib(pid, "RssAnon"));
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
      }) {}

double memory_watch::end() {
  thread_.request_stop();
  thread_.join();
  return largest_;
}

std::uint64_t sample_rows() {
  const auto* rows = std::getenv("SLUICE_BENCH_ROWS");
  return rows == nullptr ? 1'000'000 : std::stoull(rows);
}

}  // namespace sluice::bench
