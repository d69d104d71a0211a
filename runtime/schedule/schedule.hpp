// When a connection's runs begin. Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "messages/names.hpp"
#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/interval.hpp"

namespace sluice::schedule {

/// On request only.
struct manual {
  bool operator==(const manual&) const = default;
};

/// When a run of another connection has succeeded.
struct after {
  connection_name connection;
  bool operator==(const after&) const = default;
};

using plan = std::variant<manual, every, cron, after>;

/// The connection that is followed; empty if none is.
connection_name leader_of(const plan& schedule);

/// The first time later than `t` at which a run is due; nothing for plans that do not go by the
/// clock. Costs microseconds, whatever the plan. REQUIRES: `t` in the years from 0 to 9999.
std::optional<timestamp> next_due(const plan& schedule, timestamp t);

}  // namespace sluice::schedule
