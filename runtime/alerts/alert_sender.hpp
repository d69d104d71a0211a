// Sends alerts to one endpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "messages/alert.hpp"
#include "runtime/alerts/alert.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::alerts {

/// Keeps a connection from alert to alert. One thread.
class alert_sender {
 public:
  /// From connecting to the end of the answer.
  static constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);

  explicit alert_sender(schedule::clock now, std::chrono::milliseconds timeout = patience);

  /// One attempt, bounded by the time-out and ended by a stop at once. Resolves the references in
  /// address and secret.
  alert_reply send(const alert& what, std::uint64_t dropped, const std::stop_token& stop);

 private:
  schedule::clock now_;
  http::http_client client_;
};

}  // namespace sluice::alerts
