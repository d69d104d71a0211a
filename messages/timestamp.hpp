// A point on the wall clock and its text, the only form in JSON, logs and tables.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A point on the wall clock, to the millisecond; printed in UTC.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// `2026-01-31T09:00:00.000Z`. REQUIRES: a year from 0 to 9999.
std::string format_timestamp(timestamp t);

/// The inverse of `format_timestamp`; nothing for any other form and for dates that do not exist.
std::optional<timestamp> parse_timestamp(std::string_view text);

}  // namespace sluice
