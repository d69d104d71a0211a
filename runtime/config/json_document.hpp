// A JSON file as a tree, with all of its problems as JSON.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/problem.hpp"

namespace sluice::config {

/// Keeps the members of objects in the order of the file: the order of a mapping is that of the
/// rows.
using nlohmann::ordered_json;

/// Reads JSON with `//` and `/* */` comments. Problems are appended to `problems`; a document that
/// could be parsed is returned even then (without the repeated members), so that further problems
/// can be reported as well. Problems are
///   * a file that cannot be read, with the reason;
///   * a syntax error, with line and column but without the text there: it may be a password;
///   * a key that occurs twice in one object: JSON libraries keep one of them and say nothing;
///   * a number with more digits than can be kept, nesting beyond limits::depth.
std::optional<ordered_json> read_json(const std::filesystem::path& file,
                                      std::vector<problem>& problems);

/// Parses a text that `dump` has written. ordered_json's own parser takes a time that grows with
/// the square of an object's members. REQUIRES: the text comes from `dump`.
ordered_json parse_dumped(std::string_view text);

/// `pointer` one step further: `/` and the key with `~` and `/` escaped.
std::string child_pointer(const std::string& pointer, std::string_view key);

}  // namespace sluice::config
