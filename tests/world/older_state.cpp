#include "tests/world/older_state.hpp"

#include <algorithm>
#include <utility>

namespace sluice::test {
namespace {

bool says(const run_record& run, std::string_view what) {
  return std::ranges::any_of(run.warnings, [&](const std::string& warning) {
    return warning.find(what) != std::string::npos;
  });
}

}  // namespace

void older_state::copied(contents there) {
  copy_ = std::move(there);
  at_copy_ = {unknown_, has_to_say_, may_own_up_};
  delivered_since_copy_ = false;
  ledger_is_copy_ = catalog_is_copy_ = false;
}

void older_state::ledger_put_back(const contents& there) {
  forget_later(there);
  may_own_up_ = true;
  if (catalog_is_copy_) {
    has_to_say_ = false;
    unnoticed_ = true;
  } else if (delivered_since_copy_) {
    has_to_say_ = true;
  }
  ledger_is_copy_ = true;
}

void older_state::catalog_put_back() {
  // A ledger that outruns its catalog knows every row; one that is as old does not.
  if (ledger_is_copy_ || at_copy_.has_to_say) unnoticed_ = true;
  has_to_say_ = false;
  may_own_up_ = may_own_up_ || at_copy_.may_own_up;
  catalog_is_copy_ = true;
}

void older_state::both_put_back(const contents& there) {
  forget_later(there);
  has_to_say_ = at_copy_.has_to_say;
  may_own_up_ = at_copy_.may_own_up;
  unnoticed_ = true;
  delivered_since_copy_ = ledger_is_copy_ = catalog_is_copy_ = false;
}

void older_state::forget_later(const contents& there) {
  unknown_.insert(at_copy_.unknown.begin(), at_copy_.unknown.end());
  for (const auto& [row, value] : there)
    if (!copy_.contains(row)) unknown_.insert(row);
}

void older_state::told(const std::string& row, operation op, fate what) {
  delivered_since_copy_ = true;
  // A row of which only the attempt is known is known well enough to be deleted.
  const bool known = what == fate::delivered || what == fate::unknown;
  if (known && op != operation::erase) unknown_.erase(row);
}

std::string older_state::ended(const run_record& run) {
  const bool owned_up = owns_up(run);
  if (owned_up && !may_own_up_) return "fails for an older ledger, and none was put back since";
  if (run.state != run_state::succeeded && !owned_up) return "";
  ledger_is_copy_ = catalog_is_copy_ = may_own_up_ = false;
  if (!std::exchange(has_to_say_, false)) return "";
  // It is gone if the copy was made before the first run came to anything.
  if (!says(run, "the ledger is an older copy than the catalog knows") &&
      !says(run, "the ledger of earlier runs is gone"))
    return "does not say that it found an older ledger";
  return run.mode == sync_mode::mirror && !owned_up
             ? "is called a success, and knows nothing of rows that vanished"
             : "";
}

bool older_state::is_later(const std::string& row, const std::string& value) const {
  const auto found = copy_.find(row);
  return found == copy_.end() || found->second != value;
}

bool older_state::owns_up(const run_record& run) {
  return run.failed.code == errc::ledger_failed && run.failed.operation == "mirror";
}

}  // namespace sluice::test
