#include "runtime/schedule/schedule.hpp"

namespace sluice::schedule {
namespace {

/// Plans that do not go by the clock.
std::optional<timestamp> next_due(const manual&, timestamp) { return std::nullopt; }
std::optional<timestamp> next_due(const after&, timestamp) { return std::nullopt; }

}  // namespace

connection_name leader_of(const plan& schedule) {
  const auto* const follows = std::get_if<after>(&schedule);
  return follows == nullptr ? connection_name{} : follows->connection;
}

std::optional<timestamp> next_due(const plan& schedule, timestamp t) {
  return std::visit([t](const auto& kind) { return next_due(kind, t); }, schedule);
}

}  // namespace sluice::schedule
