// The step from one state to another: staged beside the present one, then decided by one file. From
// then on it is completed, if need be by the next process that opens the state directory.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace sluice::backup {

/// The folder in `state_dir` in which the new state is gathered.
std::filesystem::path staging_of(const std::filesystem::path& state_dir);

/// Decides for the staged state. The present state will be moved to the folder `aside` in
/// `state_dir`. REQUIRES: everything staged is durable.
void decide_restore(const std::filesystem::path& state_dir, const std::string& aside);

/// Whether a restore has been decided and not completed.
bool is_half_restored(const std::filesystem::path& state_dir);

/// Completes a restore that was decided, and removes the leftovers of an undecided one. May be cut
/// short at any moment and called again. Returns where the earlier state was moved to, if there was
/// one and a restore was completed. `before_each` is for tests: called before each change of a
/// name. REQUIRES: the state directory is locked. Throws `failure` (ledger_failed).
std::optional<std::filesystem::path> finish_restore(
    const std::filesystem::path& state_dir, const std::function<void()>& before_each = [] {});

}  // namespace sluice::backup
