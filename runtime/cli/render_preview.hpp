// The text of a preview. Pure.
#pragma once

#include <string>

#include "messages/sync.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// The kind of run and why, its counts, warnings, the delete guard's refusal, and sample rows with
/// the text that would be sent for each. Several lines, each ending with a break.
std::string preview_text(const preview_result& preview, const palette& paint);

}  // namespace sluice::cli
