#include "runtime/metrics/process_sample.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace sluice::metrics {
namespace {

double in_seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

/// The second field of /proc/self/statm is in pages (proc(5)).
std::optional<std::uint64_t> resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  const auto page = ::sysconf(_SC_PAGESIZE);
  if (!(statm >> total >> resident) || page <= 0) return std::nullopt;
  return resident * static_cast<std::uint64_t>(page);
}

std::optional<std::uint64_t> open_descriptors() {
  std::error_code failed;
  std::filesystem::directory_iterator each("/proc/self/fd", failed);
  std::uint64_t count = 0;
  for (; !failed && each != std::filesystem::directory_iterator{}; each.increment(failed)) ++count;
  // One of them is the directory itself.
  return failed || count == 0 ? std::nullopt : std::optional(count - 1);
}

}  // namespace

process_sample sample_process() {
  process_sample sample;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    sample.cpu_seconds = in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
  sample.resident_bytes = resident_bytes();
  sample.open_descriptors = open_descriptors();
  return sample;
}

}  // namespace sluice::metrics
