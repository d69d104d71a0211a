// One history that touches every part of a ledger: creation, groups, spills, compaction, merges,
// reopening. Crash and fault tests cut it short at every system call.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/runtime/ledger/model.hpp"

namespace sluice::ledger::test {

inline constexpr int script_keys = 120;
inline constexpr options script_limits{.overlay_bytes = 1, .merge_percent = 10};

/// What a script came to. If it was cut short, the ledger may say either: the step under way
/// happened, or it did not.
struct script_result {
  model before;  ///< without the step that failed
  model after;   ///< with it; equal to `before` if none failed
  bool finished = false;
  std::string error;  ///< of the step that failed
  errc code = errc::none;

  /// How `real` differs from both; empty if it says one of them.
  [[nodiscard]] std::string difference(ledger& real) const;
};

/// Runs the history on a ledger in `directory`/customers until a step fails. `disk` may be told to.
script_result run_script(faulty_disk& disk, const std::filesystem::path& directory);

/// A few more steps on a ledger that was opened after a crash, and a look at it: it must work on as
/// if nothing had happened. `known` is what it says now. Returns the first difference.
std::string goes_on(system_calls& disk, const std::filesystem::path& directory, model known);

}  // namespace sluice::ledger::test
