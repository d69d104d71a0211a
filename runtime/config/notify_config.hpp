// The endpoints of a connection's alerts.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "messages/alert.hpp"
#include "runtime/config/defaults.hpp"

namespace sluice::config {

/// The format that an endpoint takes.
enum class alert_format : std::uint8_t {
  json,  ///< Sluice's own document, or the one of `notify_config::body`
  slack,
  teams,
  discord,
  pagerduty,
  opsgenie,
};

std::string_view to_string(alert_format x);

/// One endpoint. Texts are as written: references are resolved for each request.
struct notify_config {
  std::vector<alert_event> on;  ///< in the order of the enumeration, each once
  std::string url;
  std::string secret;               ///< empty: requests are not signed
  std::filesystem::path directory;  ///< what relative paths in references are relative to
  /// With `rejected`: the share of a run's rows that may be rejected or invalid without an alert.
  std::uint32_t rejected_percent = defaults::rejected_percent;
  alert_format format = alert_format::json;
  std::string key;   ///< of a pager's service; empty for the others
  std::string body;  ///< JSON text with placeholders, instead of our own document; empty: none
  /// With `late`: how long a run may take, or fail to begin, without an alert.
  std::chrono::milliseconds late{0};
  /// A lasting problem is reported with every run, not only at its beginning.
  bool repeat = true;

  [[nodiscard]] bool wants(alert_event x) const { return std::ranges::find(on, x) != on.end(); }
  /// Whether the endpoint keeps an incident open until it is reported as resolved.
  [[nodiscard]] bool is_pager() const {
    return format == alert_format::pagerduty || format == alert_format::opsgenie;
  }
  bool operator==(const notify_config&) const = default;
};

/// The times of all endpoints after which a run is late: ascending, each once.
std::vector<std::chrono::milliseconds> late_after(const std::vector<notify_config>& endpoints);

}  // namespace sluice::config
