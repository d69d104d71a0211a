// What a run would do, in words. Pure.
#pragma once

#include <string>

#include "messages/sync.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// The kind of run and why, its counts, warnings, what the delete guard says, and the sample rows
/// with what would be sent below each. Several lines, each ending with a break.
std::string preview_text(const preview_result& preview, const palette& paint);

}  // namespace sluice::cli
