// The step from one state to another: staged beside the present one, then decided by one file.
// From then on it is completed, by whoever opens the state directory next if need be.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace sluice::backup {

/// Where in `state_dir` the state that is to count is gathered.
std::filesystem::path staging_of(const std::filesystem::path& state_dir);

/// Decides that what is staged is to count. What counts now will be moved to the folder `aside` in
/// `state_dir`. REQUIRES: everything staged is durable.
void decide_restore(const std::filesystem::path& state_dir, const std::string& aside);

/// Whether a restore has been decided and not completed.
bool is_half_restored(const std::filesystem::path& state_dir);

/// Completes a restore that was decided, and removes what an undecided one has left behind. Safe to
/// be cut short at any moment and called again. Returns where the earlier state was moved to, if
/// there was one and a restore was completed. `before_each` is for tests: called before each change
/// of a name. REQUIRES: the state directory is locked. Throws `failure` (ledger_failed).
std::optional<std::filesystem::path> finish_restore(
    const std::filesystem::path& state_dir, const std::function<void()>& before_each = [] {});

}  // namespace sluice::backup
