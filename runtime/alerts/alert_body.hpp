// The body of an alert's request, in the endpoint's format. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/timestamp.hpp"
#include "runtime/alerts/alert.hpp"

namespace sluice::alerts {

/// The JSON document to post. `dropped`: how many alerts before this one were given up. `key`: that
/// of a pager's service, references replaced.
std::string body_of(const alert& what, timestamp sent_at, std::uint64_t dropped,
                    std::string_view key = {});

/// The path behind the endpoint's address for this request: Opsgenie closes an alert at an address
/// of its own.
std::string path_of(const alert& what);

/// The pager's name for the trouble with a connection: the same in all alerts, so that there is one
/// incident, which the recovery closes.
std::string incident_of(const alert& what);

}  // namespace sluice::alerts
