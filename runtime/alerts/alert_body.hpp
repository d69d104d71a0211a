// The request body that an endpoint takes, in its own format. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/timestamp.hpp"
#include "runtime/alerts/alert.hpp"

namespace sluice::alerts {

/// The JSON document that is posted. `dropped`: how many alerts before this one the endpoint never
/// got. `key`: of a pager's service, its reference replaced.
std::string body_of(const alert& what, timestamp sent_at, std::uint64_t dropped,
                    std::string_view key = {});

/// What follows the endpoint's address in this request: Opsgenie closes an alert at an address of
/// its own.
std::string path_of(const alert& what);

/// Under which name a pager knows what is wrong with a connection: the same for all its alerts, so
/// that there is one incident, which the recovery closes.
std::string incident_of(const alert& what);

}  // namespace sluice::alerts
