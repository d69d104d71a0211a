// The name that somebody probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::mapping {

/// The name among `names` with the smallest edit distance to `wanted`, where letters that differ
/// only in case count as equal. Empty if none is near: more than a third of `wanted`, rounded up,
/// would have to change. The first one wins a tie.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string> names);

}  // namespace sluice::mapping
