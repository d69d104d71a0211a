// What an alert is about: which events of a run raise it, and how bad that is. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/sync.hpp"
#include "runtime/config/notify_config.hpp"

namespace sluice::alerts {

/// One alert for one endpoint. Immutable; shared between threads.
struct alert {
  std::string id;    ///< the same in every attempt, so that the endpoint can tell repetitions
  std::string node;  ///< its name
  std::vector<alert_event> events;
  std::shared_ptr<const run_record> run;
  std::shared_ptr<const config::notify_config> to;
  std::optional<std::uint64_t> late_ms = std::nullopt;  ///< see run_ended
};

/// The events of `ended` that the endpoint is to be told of, in the order of the enumeration: those
/// that it wants to know of, but for one that lasts, if it does not want that to be repeated; a
/// pager hears of a recovery without asking. `open`: it was told of something wrong, and not yet
/// that it is over.
std::vector<alert_event> events_of(const run_ended& ended, const config::notify_config& endpoint,
                                   bool open = false);

/// How bad the worst of the events is.
enum class severity : std::uint8_t { info, warning, error };
std::string_view to_string(severity x);
severity severity_of(const std::vector<alert_event>& events);

/// Something is wrong, or was stopped: a pager opens an incident. Otherwise it closes it.
bool is_wrong(const std::vector<alert_event>& events);

/// `failed,rejected`
std::string words_of(const std::vector<alert_event>& events);

/// `sha256=` and the HMAC-SHA256 (RFC 2104) of `body` as lower-case hexadecimal digits.
std::string signature(std::string_view secret, std::string_view body);

/// Name and value of each header but the signature and what proves who sends.
std::vector<std::pair<std::string, std::string>> headers_of(const alert& what);

}  // namespace sluice::alerts
