// Time zones of the IANA database, as the operating system keeps it.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "messages/timestamp.hpp"

namespace date {
class time_zone;
}

namespace sluice::schedule {

/// Local time, in a zone that the context names.
using local_timestamp = std::chrono::local_time<std::chrono::milliseconds>;

/// The range of times for schedules: all that `format_timestamp` can print, from this one on.
inline constexpr timestamp first_time = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
inline constexpr timestamp last_time =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::milliseconds{1};

/// A stretch of time in which local time is UTC plus one offset.
struct offset_period {
  timestamp begin;  ///< `first_time` where it has none
  timestamp end;    ///< belongs to the next one; after `last_time` where there is no next one
  std::chrono::seconds offset;

  [[nodiscard]] local_timestamp local(timestamp t) const {
    return local_timestamp{t.time_since_epoch() + offset};
  }
  [[nodiscard]] timestamp instant(local_timestamp t) const {
    return timestamp{t.time_since_epoch() - offset};
  }
};

/// One zone; UTC by default. A pointer in size; any thread. The database is read from the system's
/// files (/usr/share/zoneinfo) when the first zone but UTC is asked for, which takes some
/// milliseconds, and kept until the process ends: newer files count after a restart. Nothing is
/// ever downloaded. Debian's files list changes of the clock up to 2037; later times count as
/// standard time.
class time_zone {
 public:
  time_zone() = default;

  /// Nothing for a name that is not known, and for a zone whose file is damaged. Upper and lower
  /// case matter, as in the database.
  static std::optional<time_zone> find(std::string_view name);
  /// Why the zone of a known name cannot be used, with the file that is damaged; empty if it can,
  /// and for a name that is not known.
  static std::string damage(std::string_view name);
  /// Every name that is known, sorted; only `UTC` where the system has no database.
  static std::span<const std::string_view> names();

  [[nodiscard]] std::string_view name() const;
  /// The period that holds `t`. REQUIRES: first_time <= t <= last_time.
  [[nodiscard]] offset_period period_at(timestamp t) const;

  bool operator==(const time_zone&) const = default;

 private:
  explicit time_zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_ = nullptr;  ///< null: UTC, which needs no database
};

}  // namespace sluice::schedule
