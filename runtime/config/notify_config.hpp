// Whom a connection tells what became of its runs.
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

/// What an endpoint takes.
enum class alert_format : std::uint8_t {
  json,  ///< our own document; also what `notify_config::body` makes of it
  slack,
  teams,
  discord,
  pagerduty,
  opsgenie,
};

std::string_view to_string(alert_format x);

/// One endpoint. Its texts are as they were written: references are resolved for each request.
struct notify_config {
  std::vector<alert_event> on;  ///< in the order of the enumeration, each once
  std::string url;
  std::string secret;               ///< empty: requests are not signed
  std::filesystem::path directory;  ///< what relative paths in references are relative to
  /// With `rejected`: how much of a run's rows may be rejected or invalid without an alert.
  std::uint32_t rejected_percent = defaults::rejected_percent;
  alert_format format = alert_format::json;
  std::string key;   ///< of a pager's service; empty for the others
  std::string body;  ///< JSON text with placeholders, instead of our own document; empty: none
  /// With `late`: how long a run may be on its way, or not come, without an alert.
  std::chrono::milliseconds late{0};
  /// What lasts is told again with every run, and not only when it begins.
  bool repeat = true;

  [[nodiscard]] bool wants(alert_event x) const { return std::ranges::find(on, x) != on.end(); }
  /// It keeps what is wrong open until it hears that it is over.
  [[nodiscard]] bool is_pager() const {
    return format == alert_format::pagerduty || format == alert_format::opsgenie;
  }
  bool operator==(const notify_config&) const = default;
};

/// After how long one of them wants to be told of a late run: ascending, each once.
std::vector<std::chrono::milliseconds> late_after(const std::vector<notify_config>& endpoints);

}  // namespace sluice::config
