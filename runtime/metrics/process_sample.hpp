// What the operating system says about this process.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice::metrics {

struct process_sample {
  double cpu_seconds = 0;  ///< user and system, of all threads
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_descriptors;
};

/// Values that cannot be had (no /proc) are left out.
process_sample sample_process();

}  // namespace sluice::metrics
