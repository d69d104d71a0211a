// What a template of an alert may name.
#pragma once

#include <array>
#include <string_view>

namespace sluice::config {

/// `{name}` in a template stands for one of these. All are texts; what there is not is "".
inline constexpr std::array<std::string_view, 22> alert_facts{
    "id",    "events",    "severity",   "summary",     "details",      "connection",
    "node",  "run",       "type",       "state",       "outcome",      "reason",
    "error", "hint",      "started_at", "finished_at", "requested_by", "stopped_by",
    "read",  "delivered", "rejected",   "undelivered"};

}  // namespace sluice::config
