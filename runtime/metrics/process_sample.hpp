// Resources of this process, as the operating system counts them.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice::metrics {

struct process_sample {
  double cpu_seconds = 0;  ///< user and system, of all threads
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_descriptors;
};

/// Values that are not available (no /proc) are left out.
process_sample sample_process();

}  // namespace sluice::metrics
