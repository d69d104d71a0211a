// Texts of dates and times in the form of ISO 8601 and SQL, which means the same in every database.
// Other forms are read differently by each: 01/02/2026, 7 (seconds), `today`.
#pragma once

#include <optional>
#include <string_view>

namespace sluice::destinations {

/// `2026-01-31T09:00:00.25+02:00`, taken apart; the views lie in the text.
struct time_text {
  std::string_view date;      ///< YYYY-MM-DD; empty if there is none
  std::string_view time;      ///< [-]HH:MM[:SS], hours of two or three digits; empty likewise
  std::string_view fraction;  ///< digits behind the second's point, without zeros at the end
  std::string_view zone;      ///< Z, +HH, +HHMM or +HH:MM; empty likewise

  /// Date, then T or a blank, then time; or one of the two alone. The database checks whether such
  /// a day and time exist. Pure.
  static std::optional<time_text> read(std::string_view text);

  /// Second 60, which PostgreSQL takes for the next minute.
  [[nodiscard]] bool has_leap_second() const;
  [[nodiscard]] bool is_utc() const;
  /// Of at most 24 hours: a time of day. MariaDB's spans may be longer, and negative.
  [[nodiscard]] bool is_time_of_day() const;
};

}  // namespace sluice::destinations
