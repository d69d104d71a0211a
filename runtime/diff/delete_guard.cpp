#include "runtime/diff/delete_guard.hpp"

#include <fmt/format.h>

namespace sluice::diff {

namespace {

/// Exact: in whole numbers, which overflow only past 10^17 keys.
bool exceeds(const delete_plan& plan) {
  return plan.vanished * 100 > plan.known * plan.max_delete_percent;
}

std::string why_not(const delete_plan& plan) {
  if (plan.rows == 0)
    return fmt::format("the source returned no row at all, but {} rows are known: all would go",
                       plan.known);
  if (exceeds(plan))
    return fmt::format(
        "{} of {} known rows ({:.1f} %) are gone from the source, and max_delete_percent is {}",
        plan.vanished, plan.known,
        100.0 * static_cast<double>(plan.vanished) / static_cast<double>(plan.known),
        plan.max_delete_percent);
  if (plan.unreadable_keys > 0)
    return fmt::format(
        "{} of {} known rows seem to be gone from the source, but the keys of {} rows cannot be "
        "read and may be theirs (max_delete_percent is {})",
        plan.vanished, plan.known, plan.unreadable_keys, plan.max_delete_percent);
  return {};
}

}  // namespace

error guard_deletes(const connection_name& connection, const delete_plan& plan) {
  if (plan.vanished == 0 || plan.allow_deletes) return {};
  auto cause = why_not(plan);
  if (cause.empty()) return {};
  auto hint = fmt::format(
      "no delete was sent; check the source, then let the deletes through once with "
      "`sluice sync {} --allow-deletes`",
      connection);
  if (plan.rows > 0 && exceeds(plan)) hint += " or raise max_delete_percent";
  return {errc::guarded, "delete vanished rows", connection, std::move(cause), std::move(hint)};
}

}  // namespace sluice::diff
