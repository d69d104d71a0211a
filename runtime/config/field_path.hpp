// The path of a mapped field in its row: `name.first`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// The names on the way, outer objects first; `\.` is a dot in a name, `\\` a backslash. Nothing
/// for an empty part or another escape.
std::optional<std::vector<std::string>> parse_field_path(std::string_view text);

/// The text that `parse_field_path` parses.
std::string field_path_text(const std::vector<std::string>& path);

}  // namespace sluice::config
