// Whom a connection tells what became of its runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "messages/alert.hpp"
#include "runtime/config/defaults.hpp"

namespace sluice::config {

/// One endpoint. Its texts are as they were written: references are resolved for each request.
struct notify_config {
  std::vector<alert_event> on;  ///< in the order of the enumeration, each once
  std::string url;
  std::string secret;               ///< empty: requests are not signed
  std::filesystem::path directory;  ///< what relative paths in references are relative to
  /// With `rejected`: how much of a run's rows may be rejected or invalid without an alert.
  std::uint32_t rejected_percent = defaults::rejected_percent;

  [[nodiscard]] bool wants(alert_event x) const { return std::ranges::find(on, x) != on.end(); }
  bool operator==(const notify_config&) const = default;
};

}  // namespace sluice::config
