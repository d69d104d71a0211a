// Times as clients write them.
#pragma once

#include <optional>
#include <string_view>

#include "messages/timestamp.hpp"

namespace sluice::api {

/// A date and time of RFC 3339: `2026-01-31T09:00:00Z`, with any number of decimals, which are cut
/// to milliseconds, and with an offset. A blank before the offset is taken for the `+` that a query
/// lost where it was not encoded. Nothing for any other text.
std::optional<timestamp> parse_time(std::string_view text);

}  // namespace sluice::api
