// "Did you mean …?" for words that people mistype.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::config {

/// The word of `known` that was most likely meant by `word`: the one with the fewest insertions,
/// deletions, replacements and swaps of neighbours, ignoring case, or else one that begins with
/// `word`. Nothing if none is near. Pure.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known);

/// `did you mean "table"?`, or all of the words if none is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace sluice::config
