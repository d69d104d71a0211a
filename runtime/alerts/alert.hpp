// The content of an alert: the events of a run that raise it, and their severity. Pure.
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
  std::string id;  ///< the same in every attempt, so that the endpoint recognises repetitions
  node_name node;  ///< its name
  std::vector<alert_event> events;
  std::shared_ptr<const run_record> run;
  std::shared_ptr<const config::notify_config> to;
  std::optional<std::chrono::milliseconds> late_after = std::nullopt;  ///< see run_ended
};

/// The events of `ended` to report to the endpoint, in the order of the enumeration: those that it
/// asks for, except a lasting one that it does not want repeated. A recovery is reported to a pager
/// in any case. `open`: the endpoint has an alert about trouble that was not yet reported as over.
std::vector<alert_event> events_of(const run_ended& ended, const config::notify_config& endpoint,
                                   bool open = false);

/// The severity of the worst event.
enum class severity : std::uint8_t { info, warning, error };
std::string_view to_string(severity x);
severity severity_of(const std::vector<alert_event>& events);

/// Whether a pager opens an incident (something is wrong or was stopped), or closes it.
bool is_wrong(const std::vector<alert_event>& events);

/// `failed,rejected`
std::string words_of(const std::vector<alert_event>& events);

/// `sha256=` and the HMAC-SHA256 (RFC 2104) of `body` as lower-case hexadecimal digits.
std::string signature(std::string_view secret, std::string_view body);

/// Name and value of each header except the signature and credentials.
std::vector<std::pair<std::string, std::string>> headers_of(const alert& what);

}  // namespace sluice::alerts
