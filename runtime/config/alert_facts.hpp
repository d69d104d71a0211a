// The names that a template of an alert may use.
#pragma once

#include <array>
#include <string_view>

namespace sluice::config {

/// `{name}` in a template stands for one of these. All are texts; a missing fact is "".
inline constexpr std::array<std::string_view, 22> alert_facts{
    "id",    "events",    "severity",   "summary",     "details",      "connection",
    "node",  "run",       "type",       "state",       "outcome",      "reason",
    "error", "hint",      "started_at", "finished_at", "requested_by", "stopped_by",
    "read",  "delivered", "rejected",   "undelivered"};

}  // namespace sluice::config
