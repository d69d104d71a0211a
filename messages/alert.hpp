// Alerts: what happened to a run that somebody wants to be told of, and what came of telling them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

enum class alert_event : std::uint8_t {
  failed,     ///< the run failed, or was interrupted because the node died
  rejected,   ///< it ended with more rejected or invalid rows than `rejected_percent` tolerates
  stopped,    ///< it was stopped
  recovered,  ///< it succeeded, and the one before it had failed or been interrupted
  skipped,    ///< it was due while another run was active
  succeeded,  ///< it succeeded
  late,       ///< it takes too long, or has not come
};
std::string_view to_string(alert_event x);

/// What came of one request that carried an alert.
struct alert_reply {
  enum class outcome : std::uint8_t {
    delivered,
    refused,  ///< the endpoint will not take this alert, however often it is sent
    failed,   ///< it may get through later
  } what = outcome::failed;
  std::string why;  ///< unless delivered; without secrets
  /// What the endpoint asked for.
  std::optional<std::chrono::seconds> retry_after = std::nullopt;

  bool operator==(const alert_reply&) const = default;
};

}  // namespace sluice
