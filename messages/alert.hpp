// Alerts: what happened to a run, for those who asked to be told, and what came of telling.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

enum class alert_event : std::uint8_t {
  failed,    ///< the run failed, or was interrupted because the node died
  rejected,  ///< the run ended with more rejected or invalid rows than `rejected_percent` tolerates
  stopped,   ///< the run was stopped
  recovered,  ///< the run succeeded, and the one before had failed or been interrupted
  skipped,    ///< the run was due while another one was active
  succeeded,  ///< the run succeeded
  late,       ///< the run takes too long, or has not begun
};
std::string_view to_string(alert_event x);

/// What came of one request that carried an alert.
struct alert_reply {
  enum class outcome : std::uint8_t {
    delivered,
    refused,  ///< the endpoint will not take this alert, however often it is sent
    failed,   ///< a later attempt may succeed
  } what = outcome::failed;
  std::string why;  ///< unless delivered; without secrets
  /// The wait that the endpoint asked for.
  std::optional<std::chrono::seconds> retry_after = std::nullopt;

  bool operator==(const alert_reply&) const = default;
};

}  // namespace sluice
