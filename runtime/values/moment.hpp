// Dates and times of values, to the nanosecond. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/row.hpp"

namespace sluice::values {

/// A date, a time on a wall clock, or an instant.
struct moment {
  enum class type : std::uint8_t { date, local, instant };
  type what = type::date;
  std::chrono::sys_seconds time{};  ///< as on the clock; of an instant, in UTC
  std::uint32_t nanoseconds = 0;

  bool operator==(const moment&) const = default;
};

/// Of dates, timestamps, and texts that are one as ISO 8601 writes them: `2026-01-31`,
/// `2026-01-31 09:00`, `2026-01-31T09:00:00.25+01:00`. Nothing for other values, and for days and
/// times that there are not.
std::optional<moment> moment_of(const value_view& value);

/// Writes the moment into `out` as values of its kind are written; nothing outside of the years 0
/// to 9999.
std::optional<value_view> value_of(const moment& m, std::string& out);

/// Whether the year is one of 0 to 9999.
bool has_four_digits(const moment& m);

}  // namespace sluice::values
