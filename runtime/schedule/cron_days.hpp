// Shared by the two halves of cron: when a schedule is due, and whether it ever is.
#pragma once

#include "runtime/schedule/cron.hpp"

namespace sluice::schedule {

/// The first day of the schedule that is not before `from`; nothing if there never is one.
std::optional<std::chrono::local_days> first_day(const cron& schedule,
                                                 std::chrono::local_days from);

}  // namespace sluice::schedule
