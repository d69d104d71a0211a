// What an alert says: which events of a run raise it, and the request that carries it. Pure.
#pragma once

#include <cstdint>
#include <memory>
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
};

/// The events of `ended` that the endpoint wants to know of, in the order of the enumeration.
std::vector<alert_event> events_of(const run_ended& ended, const config::notify_config& endpoint);

/// The JSON document that is posted. `dropped`: how many alerts before this one the endpoint never
/// got.
std::string body_of(const alert& what, timestamp sent_at, std::uint64_t dropped);

/// `sha256=` and the HMAC-SHA256 (RFC 2104) of `body` as lower-case hexadecimal digits.
std::string signature(std::string_view secret, std::string_view body);

/// Name and value of each header but the signature.
std::vector<std::pair<std::string, std::string>> headers_of(const alert& what);

}  // namespace sluice::alerts
